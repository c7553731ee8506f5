"""The page to take home, opened from disk in Chromium: it answers as the model does, and reaches nobody."""

from __future__ import annotations

import base64
import contextlib
import functools
import json
import re
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.fixtures.accessibility import grave_violations
from tests.fixtures.browser import complaints, until
from tests.fixtures.tiny_network import tiny_run
from tests.fixtures.tiny_training import Trained
from tests.fixtures.web_page import LISTEN, TakenPage, encoded, proven_page
from tlcore.backbones.weights import web_runtime
from tlcore.data.images.decode import decode
from tlcore.errors import WeightsError
from tlcore.evaluate.confidence_threshold import ConfidenceThreshold, write
from tlcore.export.make import make
from tlcore.export.model_export import ModelExport
from tlcore.export.proof import prove
from tlcore.export.runtimes import open_model
from tlcore.export.web import page as web_page
from tlcore.runs.job import Reporter
from tlcore.runs.run import Run

PHONE: ViewportSize = {"width": 390, "height": 844}
SCREENS = [({"width": 1280, "height": 860}, "light"), (PHONE, "dark")]
PASTE = """async ([kind, text]) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)), moved = new DataTransfer();
  moved.items.add(new File([bytes], 'given.png', { type: 'image/png' }));
  const event = new Event(kind, { cancelable: true, bubbles: true });
  event.clipboardData = event.dataTransfer = moved;
  document.body.dispatchEvent(event);
}"""


@pytest.fixture(scope="module")
def export(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> ModelExport:
    """With a tiny network. Pages with larger ones: test_places.py."""
    folder = tmp_path_factory.mktemp("web")
    tiny = tiny_run(trained, folder / "tiny")
    return proven_page(Trained(tiny.folder, trained.data, trained.home), folder / "run")


@pytest.fixture(scope="module")
def file(export: ModelExport, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("taken") / "page.html"
    export.take_out(target)
    beside = target.with_name("service-worker.js")
    assert sorted(target.parent.iterdir()) == [target, beside]  # its description is inside
    return target


@pytest.fixture(scope="module")
def opened(browser: Browser, file: Path) -> Iterator[TakenPage]:
    page = browser.new_page(viewport=PHONE)
    wrong = complaints(page)
    opened = TakenPage(page, file.as_uri())
    opened.wait_until_ready()
    yield opened
    page.context.close()
    assert wrong == opened.asked == []


@pytest.fixture
def taken(opened: TakenPage) -> TakenPage:
    """The page as others left it, its answers so far forgotten."""
    opened.page.evaluate("() => { window.heard = []; }")
    return opened


def test_the_file_is_proven_by_the_model_inside(export: ModelExport) -> None:
    proof = export.proof()
    assert proof is not None and export.is_offered
    assert proof.same == proof.n == 12 and proof.largest < 0.01 and proof.size == export.bytes()


def test_it_answers_in_a_browser_as_the_model_does(
    export: ModelExport, taken: TakenPage, trained: Trained
) -> None:
    files = [trained.path(label, number) for label in export.run.labels() for number in range(3)]
    model = open_model("keras", export.run.model)
    expected = np.concatenate([model(decode(file, 64, export.run.config().fit)[None]) for file in files])
    said = taken.answers(files)
    assert [one["name"] for one in said] == [file.name for file in files]
    assert np.abs(np.array([one["chances"] for one in said]) - expected).max() < 1e-4
    assert said[-1]["head"] == export.run.labels()[expected[-1].argmax()]
    expect(taken.page.get_by_role("status")).to_have_text(said[-1]["sentence"])
    taken.page.get_by_role("button", name=said[0]["head"]).last.click()  # the first of them, again
    expect(taken.page.locator("#picture")).to_have_attribute("alt", files[0].name)


def noise(width: int, height: int, channels: int = 3) -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, channels), np.uint8)
    return Image.fromarray(pixels)


def test_pictures_are_shrunk_to_the_same_bytes_as_ours(taken: TakenPage) -> None:
    sizes = [(300, 200), (61, 201), (30, 30), (64, 64), (50, 400), (1, 5), (63, 65), (201, 60)]
    for picture in [encoded(noise(*size)) for size in sizes] + [encoded(noise(90, 70, 4))]:
        for fit in ("stretch", "crop", "pad"):
            assert np.array_equal(taken.square(picture, 64, fit), decode(picture, 64, fit)), fit


def test_jpegs_are_decoded_as_ours_and_turned_upright(taken: TakenPage) -> None:
    small = noise(12, 10).resize((160, 120), Image.Resampling.BICUBIC)
    turned = Image.Exif()
    turned[0x0112] = 6
    plain, upright = encoded(small, "JPEG"), encoded(small, "JPEG", exif=turned.tobytes())
    for picture in (plain, upright):
        assert np.array_equal(taken.square(picture, 64, "crop"), decode(picture, 64, "crop"))
    large = encoded(small.resize((1600, 1200), Image.Resampling.BICUBIC), "JPEG")  # decoded at a quarter
    difference = np.abs(taken.square(large, 64, "crop").astype(int) - decode(large, 64, "crop"))
    assert difference.mean() < 1 and difference.max() < 10


def test_a_picture_is_pasted_or_dropped(taken: TakenPage, trained: Trained) -> None:
    picture = base64.b64encode(trained.path("blue").read_bytes()).decode()
    for number, kind in enumerate(("paste", "drop"), 1):
        taken.page.evaluate(PASTE, [kind, picture])
        assert taken.heard(number)[-1]["name"] == "given.png"


def test_what_is_no_picture_is_said_and_the_others_are_answered(
    taken: TakenPage, trained: Trained, tmp_path: Path
) -> None:
    (tmp_path / "no.png").write_bytes(b"no picture")
    taken.page.set_input_files("#files", [tmp_path / "no.png", trained.path("blue")])
    assert len(taken.heard(1)) == 1
    expect(taken.page.get_by_role("status")).to_contain_text("1 of 2 could not be read")


@pytest.mark.parametrize(("screen", "scheme"), SCREENS)
def test_it_is_usable_by_keyboard_and_screen_reader(
    taken: TakenPage, trained: Trained, screen: ViewportSize, scheme: Literal["light", "dark"]
) -> None:
    page = taken.page
    page.set_viewport_size(screen)
    page.emulate_media(color_scheme=scheme)
    taken.answers([trained.path("blue"), trained.path("amber", 3)])
    assert grave_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#choose").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "camera"
    page.locator(".kept").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#picture")).to_have_attribute("alt", trained.path("blue").name)


def test_it_says_whose_work_is_inside(taken: TakenPage) -> None:
    taken.page.get_by_text("About this page").click()
    assert "Permission is hereby granted" in taken.page.locator("pre").inner_text()


@contextlib.contextmanager
def web_server(folder: Path) -> Iterator[str]:
    """The address of a static host of this folder."""
    handler = functools.partial(QuietHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    """Writes nothing about what it is asked."""

    def log_message(self, *ignored: object) -> None:
        pass


def test_from_a_web_server_it_opens_again_without_one(browser: Browser, file: Path, trained: Trained) -> None:
    page = browser.new_page()
    wrong = complaints(page)
    with web_server(file.parent) as address:
        opened = TakenPage(page, f"{address}/page.html")
        expect(page.locator("#offline")).to_have_text("It works: this device keeps the page.")
    page.reload()  # nobody is there any more
    page.evaluate(LISTEN)
    opened.wait_until_ready()
    (said,) = opened.answers([trained.path("blue")])
    assert len(said["chances"]) == 3 and wrong == []
    assert all(url.endswith("/service-worker.js") for url in opened.asked)
    page.context.close()


def test_a_page_around_which_another_one_would_be_is_not_offered(
    export: ModelExport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_page, "edition", lambda: "another")
    assert export.proof() is None and not export.was_written() and not export.is_offered


@pytest.fixture(scope="module")
def strict(export: ModelExport, filmed: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page that is never sure, and has a camera."""
    file = tmp_path_factory.mktemp("strict") / "page.html"
    write(export.run.folder, ConfidenceThreshold(1.0))
    export.take_out(file)
    (export.run.folder / "decision.json").unlink()
    page = filmed.new_page()
    TakenPage(page, file.as_uri()).wait_until_ready()
    yield page
    page.context.close()


def test_the_camera_is_answered_until_it_is_stopped_and_below_the_threshold_not_sure(strict: Page) -> None:
    strict.get_by_role("button", name="Use the camera").click()
    until(strict, "heard.length > 2")
    said = strict.evaluate("heard.at(-1)")
    assert said["isLive"] and said["head"] == "Not sure" and said["chance"] == ""
    expect(strict.get_by_role("status")).to_contain_text("Not sure. Best guess: ")
    strict.keyboard.press("Escape")
    expect(strict.get_by_role("button", name="Use the camera")).to_be_visible()
    assert strict.evaluate("document.querySelector('video').srcObject") is None


def test_it_can_reach_no_address(strict: Page) -> None:
    script = "(url) => fetch(url).then(() => 'reached', (error) => error.name)"
    assert strict.evaluate(script, "https://example.org/") == "TypeError"
    (worker,) = strict.workers
    assert worker.evaluate(script, "https://example.org/") == "TypeError"


def test_without_a_camera_the_phones_own_is_offered(taken: TakenPage) -> None:
    taken.page.get_by_role("button", name="Use the camera").click()
    expect(taken.page.get_by_role("status")).to_have_text("No camera was found.")
    with taken.page.expect_file_chooser() as chosen:
        taken.page.get_by_role("button", name="Take a photo").click()
    assert chosen.value.element.get_attribute("capture") == "environment"


def test_names_of_classes_cannot_leave_their_place(file: Path, export: ModelExport) -> None:
    hostile = json.dumps({"labels": ["</script><script>alert(1)</script>", "<!--"]}).encode()
    page = web_page.with_description(file.read_bytes(), hostile)
    inside = re.search(rb'id="description">(.*?)</script>', page, re.S)
    assert inside is not None and json.loads(inside[1]) == json.loads(hostile) and b"<!--" not in inside[1]
    assert web_page.with_description(page, b"{}") == export.file.read_bytes()
    assert web_page.model_in(page) == web_page.model_in(export.file.read_bytes())


def test_a_runtime_of_another_shape_is_not_packed() -> None:
    with pytest.raises(ValueError, match="another shape"):
        web_page.build(b"model", "module.exports = {}", b"machine")


def test_without_the_runtime_the_export_says_what_to_do(
    export: ModelExport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tmp_path / "run")
    shutil.copytree(export.run.folder, run.folder, ignore=shutil.ignore_patterns("exports"))
    other = ModelExport(run, "web")
    other.folder.mkdir(parents=True)
    monkeypatch.setenv("GRAFT_WEIGHTS", str(tmp_path / "nothing"))
    monkeypatch.setattr(web_runtime, "URL", "http://127.0.0.1:1/ort.tgz")
    with pytest.raises(WeightsError, match="could not be downloaded"):
        make(other, Reporter(other))


def test_a_page_without_a_model_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "empty.html").write_text("<html></html>")
    questions = prove.Questions(pictures=("a",), size=8)
    with pytest.raises(Exception, match="opened by its own runtime"):
        prove.ask("web", tmp_path / "empty.html", questions, lambda *_: None, lambda: False)
