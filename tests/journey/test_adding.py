"""Data from nothing and in pieces: pasted and loose pictures, the camera, a public set, in the browser."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import psutil
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.fixtures.accessibility import grave_violations
from tests.fixtures.browser import LEAVE, Server
from tests.journey.conftest import LONG, SharedApp, no_failure
from tlcore.data.dataset import Dataset, datasets
from tlcore.data.manifest import Manifest
from tlcore.runs.job import Job
from tlcore.runs.workers.backend import BACKEND

MANY = 100  # pictures, which take a moment to add
COPY = """async () => {
  const canvas = new OffscreenCanvas(40, 30);
  canvas.getContext("2d").fillRect(5, 5, 20, 20);
  await navigator.clipboard.write([new ClipboardItem({ "image/png": await canvas.convertToBlob() })]);
}"""


def pictures(count: int, seed: int = 0) -> list[dict[str, object]]:
    """Small pictures, all different, as a file chooser takes them."""
    return [
        {"name": f"{seed}-{n}.png", "mimeType": "image/png", "buffer": png(seed * 1000 + n)}
        for n in range(count)
    ]


def png(number: int) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (40, 30), (number % 256, number // 256 % 256, 90)).save(content, "PNG")
    return content.getvalue()


def test_from_nothing_with_class_cards(open_app: Callable[..., Server], camera: Page) -> None:
    nowhere = {name: "http://127.0.0.1:9" for name in ("https_proxy", "HTTPS_PROXY")}
    server, page = open_app(**nowhere), camera
    page.goto(f"{server.url}/data")
    _a_public_set_needs_the_internet_and_nothing_else_does(page)
    page.get_by_role("tab", name="Class cards").click()
    recorded = _deal(page)
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_role("button", name="Switch the webcam on").click(timeout=LONG)
    expect(page.locator(".live .bar")).to_have_count(2, timeout=LONG)  # it answers, on the same page
    page.get_by_role("button", name="Switch the webcam off").click()
    assert manifest(server).counts() == {"cat": 4, "dog": recorded} and manifest(server).name == "cat, dog"
    more = adding(page)
    expect(more.locator(".card .number")).to_have_text(["4 pictures", f"{recorded} pictures"])
    more.get_by_role("radio", name="One class for all").click()
    taken = _record(page, more)
    _paste(page, more)
    expect(page.get_by_text("One picture added to “dog”.").first).to_be_visible(timeout=LONG)
    assert manifest(server).counts() == {"cat": 4, "dog": recorded + taken + 1}
    (pasted,) = [e for e in manifest(server).examples if "pasted" in e.name]
    assert pasted.name.endswith("pasted 1.png")
    page.locator("[class*=st-key-undo_add-]").first.get_by_role("button").click()
    expect(page.get_by_text(re.compile("Undid version 3")).first).to_be_visible()
    assert manifest(server).counts() == {"cat": 4, "dog": recorded + taken}
    no_failure(page)


def _a_public_set_needs_the_internet_and_nothing_else_does(page: Page) -> None:
    page.get_by_role("tab", name="Public data sets").click()
    page.locator(".st-key-public_flowers").get_by_role("button", name="Download").click()
    said = page.get_by_test_id("stAlert").filter(has_text="flower_photos.tgz could not be downloaded")
    expect(said).to_contain_text("Everything else works without it", timeout=LONG)
    page.get_by_role("button", name="Dismiss").click()
    expect(said).to_have_count(0)
    no_failure(page)


def _deal(page: Page) -> int:
    """Files on one card, the camera on the other; how many it took."""
    expect(page.locator(".card")).to_have_count(2)
    cats, dogs = page.locator(".card").all()
    cats.get_by_role("textbox").fill("cat")
    dogs.get_by_role("textbox").fill("dog")
    train = page.get_by_role("button", name="Train", exact=True)
    expect(train).to_be_disabled()
    cats.locator(".files").set_input_files(pictures(4))
    expect(cats.locator(".number")).to_have_text("4 pictures")
    assert grave_violations(page) == []
    dogs.get_by_role("button", name=re.compile("Hold to record")).hover()
    page.mouse.down()  # the camera goes on with it
    dogs.get_by_text(re.compile(r"^([4-9]|\d\d+) pictures")).wait_for()
    page.mouse.up()
    expect(train).to_be_enabled()
    return int(dogs.locator(".number").inner_text().split()[0])


def adding(page: Page) -> Locator:
    """What opens to add more."""
    return page.get_by_test_id("stExpander").filter(has=page.locator("summary").get_by_text("Add more"))


def _record(page: Page, more: Locator) -> int:
    """More of a class by the camera; how many."""
    box = more.get_by_role("combobox", name="Class")
    box.fill("dog")
    box.press("Enter")
    more.get_by_role("tab", name="Camera").click()
    page.get_by_role("button", name="Switch the camera on").last.click()
    expect(page.get_by_role("button", name="Hold to record")).to_be_focused()
    page.keyboard.down("Space")
    page.locator(".shots li").nth(3).wait_for()
    page.keyboard.up("Space")
    send = page.get_by_role("button", name=re.compile(r"Add \d+ pictures to “dog”"))
    count = int(send.inner_text().split()[1])
    send.click()
    expect(page.get_by_text(f"{count} pictures added to “dog”.").first).to_be_visible(timeout=LONG)
    expect(page.get_by_text("Nothing was skipped.").first).to_be_visible()
    return count


def _paste(page: Page, more: Locator) -> None:
    """One more into the same class, from the clipboard."""
    more.get_by_role("tab", name="Files").click()
    page.evaluate(COPY)
    box = more.locator(".box").first
    expect(box.get_by_text("Drop pictures here, or paste them")).to_be_visible()
    page.get_by_role("heading", level=1).click()  # wherever the keyboard is: no other box is open
    page.keyboard.press("Control+V")


def manifest(server: Server) -> Manifest:
    return datasets(server.home / "datasets")[0].read()


def test_what_is_being_sent_and_added_is_not_lost(
    shared_app: SharedApp, browser_page: Page, tmp_path: Path
) -> None:
    page, dataset = browser_page, shared_app.workspace.dataset
    page.goto(f"{shared_app.url}/data?data={dataset.id}")
    _the_browser_asks_before_what_is_sent_is_lost(page)
    _a_refresh_in_the_middle_of_adding_goes_on(page, dataset, tmp_path)


def _the_browser_asks_before_what_is_sent_is_lost(page: Page) -> None:
    page.route("**/graft/upload", lambda route: None)  # it takes for ever
    page.get_by_text("Bring data", exact=True).click()
    expect(page.get_by_role("button", name="Choose pictures").first).to_be_visible()
    assert page.evaluate(LEAVE)
    page.get_by_label("Loose pictures").first.set_input_files(pictures(3))
    cancel = page.get_by_role("button", name="Cancel")
    expect(cancel).to_be_visible()
    assert not page.evaluate(LEAVE)
    cancel.click()
    expect(page.get_by_text("Cancelled. Nothing was kept.")).to_be_visible()
    assert page.evaluate(LEAVE)
    page.unroute("**/graft/upload")
    no_failure(page)


def _a_refresh_in_the_middle_of_adding_goes_on(page: Page, dataset: Dataset, tmp_path: Path) -> None:
    archive = tmp_path / "many.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for n in range(MANY):
            packed.writestr(f"many/{n}.png", png(n))
    more = adding(page)
    more.locator("summary").click()
    box = more.get_by_role("combobox", name="Class")
    box.fill("plain")
    box.press("Enter")
    more.get_by_label("ZIP or TAR file").set_input_files(archive)
    worker = _at_work(dataset)
    worker.suspend()
    page.reload()
    progress = page.get_by_test_id("stProgress").filter(has_text="Adding pictures")
    expect(progress).to_contain_text(re.compile(f"of {MANY}"))
    worker.resume()
    expect(page.get_by_text(f"{MANY} pictures added to “plain”.").first).to_be_visible(timeout=LONG)
    assert Dataset(dataset.folder).read().counts()["plain"] == MANY
    no_failure(page)


def _at_work(dataset: Dataset) -> psutil.Process:
    """The process of the addition, once it counts."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for folder in dataset.folder.glob("adding/add-*"):
            status = BACKEND.status(Job(folder))
            if status.state == "running" and status.done:
                return psutil.Process(status.pid)
        time.sleep(0.01)
    raise AssertionError("nothing is being added")
