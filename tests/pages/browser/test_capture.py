"""The camera: hold to record, take single pictures out again, send the rest; Chromium's own test picture."""

from __future__ import annotations

import io
import json
import time
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from streamlit.testing.v1 import AppTest

from tests.fixtures.browser import Server, until
from tests.fixtures.pages import page_script

PAGE = page_script("capture")
# Remembers every track that the page is given, so that a test can see whether the camera is on.
REMEMBER = """window.tracks = [];
const given = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
if (given) navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await given(wanted);
  window.tracks.push(...stream.getTracks());
  return stream;
};"""


@pytest.fixture
def camera(camera: Page) -> Page:
    """It remembers what it is given."""
    camera.add_init_script(REMEMBER)
    return camera


def switched_on(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.get_by_role("button", name="Switch the camera on").click()
    expect(page.get_by_role("button", name="Hold to record")).to_be_focused()


def taken(page: Page) -> int:
    return page.locator(".shots li").count()


def hold_until(page: Page, count: int) -> None:
    """Wait, while something is held, until that many pictures have been taken."""
    page.locator(".shots li").nth(count - 1).wait_for()


def is_live(page: Page) -> bool:
    return bool(page.evaluate("window.tracks.some((track) => track.readyState === 'live')"))


def test_hold_look_take_one_out_and_send(server: Server, camera: Page) -> None:
    switched_on(camera, server)
    place = camera.get_by_role("button", name="Hold to record").bounding_box()
    assert place is not None
    camera.mouse.move(place["x"] + 20, place["y"] + 20)
    camera.mouse.down()
    hold_until(camera, 4)
    expect(camera.locator(".count")).to_be_visible()
    camera.mouse.up()
    expect(camera.get_by_role("button", name="Hold to record")).to_be_visible()
    by_mouse = taken(camera)
    camera.keyboard.down("Space")
    hold_until(camera, by_mouse + 3)
    camera.keyboard.up("Space")
    expect(camera.get_by_role("button", name="Hold to record")).to_be_visible()
    count = taken(camera)
    camera.locator(".shots button").nth(1).click()
    expect(camera.locator(".shots li")).to_have_count(count - 1)
    camera.get_by_role("button", name=f"Add {count - 1} pictures to “cat <b>*x*”").click()
    expect(camera.locator(".note")).to_contain_text(f"{count - 1} pictures sent")
    assert not is_live(camera)
    told = arrived(server)
    assert (told["sent"], told["shrunk_to"]) == (count - 1, None)
    with zipfile.ZipFile(told["path"]) as archive:
        assert archive.testzip() is None
        pictures = [Image.open(io.BytesIO(archive.read(name))) for name in archive.namelist()]
    assert len(pictures) == count - 1
    assert {(picture.format, max(picture.size)) for picture in pictures} == {("JPEG", 640)}


def arrived(server: Server) -> dict[str, object]:
    told = server.home / "received.jsonl"
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not (told.exists() and told.read_text().endswith("\n")):
        time.sleep(0.05)
    return dict(json.loads(told.read_text()))


def test_six_pictures_a_second(server: Server, filmed: Browser) -> None:
    camera = filmed.new_page(permissions=["camera"])  # the clock stops for all pages of its context
    camera.set_default_timeout(40_000)
    switched_on(camera, server)
    camera.clock.install(time=datetime(2026, 1, 1, 12))
    camera.clock.pause_at(datetime(2026, 1, 1, 13))
    camera.keyboard.down("Space")
    for beat in range(1, 8):
        hold_until(camera, beat)
        camera.clock.run_for(150)
        assert taken(camera) == beat  # not yet
        camera.clock.run_for(17)
    camera.keyboard.up("Space")
    names = camera.locator(".shots img").evaluate_all("images => images.map((image) => image.alt)")
    assert len(set(names)) == len(names)
    camera.close()


def test_a_finger_holds_and_the_camera_goes_off_when_it_is_not_seen(server: Server, camera: Page) -> None:
    switched_on(camera, server)
    place = camera.get_by_role("button", name="Hold to record").bounding_box()
    assert place is not None
    session = camera.context.new_cdp_session(camera)
    at = [{"x": place["x"] + 20, "y": place["y"] + 20}]
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": at})
    hold_until(camera, 3)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(camera.get_by_role("button", name="Hold to record")).to_be_visible()
    assert is_live(camera)
    camera.get_by_role("tab", name="Other").click()
    until(camera, "window.tracks.every((track) => track.readyState === 'ended')")
    field = camera.get_by_label("Some text")
    field.fill("a")
    field.press("End")
    field.press("Space")
    expect(field).to_have_value("a ")


def test_without_a_camera_or_permission_it_says_what_to_do(server: Server, browser_page: Page) -> None:
    note = browser_page.locator(".note")
    start = browser_page.get_by_role("button", name="Switch the camera on")
    browser_page.goto(server.url)
    start.click()
    expect(note).to_contain_text("No camera was found")
    refuse = "async () => { throw new DOMException('no', 'NotAllowedError'); }"
    browser_page.evaluate(f"() => {{ navigator.mediaDevices.getUserMedia = {refuse}; }}")
    start.click()
    expect(note).to_contain_text("Click the camera or the lock")
    browser_page.evaluate("() => Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    start.click()  # where no browser gives one
    expect(note).to_contain_text("http://localhost")


def test_the_camera_runs_without_a_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))
    assert not AppTest.from_file(PAGE).run().exception
