"""The upload box, seen from Python and in the browser."""

from __future__ import annotations

import io
import json
import time
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from pages.components.browser.upload import route
from pages.components.browser.upload.upload import claim_upload
from tests.fixtures.browser import Server
from tests.fixtures.pages import page_script

PAGE = page_script("upload")


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upload is given to pages of the workspace in which it arrived."""
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))


def arrived(folder: Path) -> str:
    path = folder / "upload-x.zip"
    path.write_bytes(b"x")
    return route._desk.end(route.mint(), path)


def test_an_upload_is_returned_once(tmp_path: Path) -> None:
    told = {
        "id": arrived(tmp_path),
        "name": "a.zip",
        "count": 3,
        "shrunk_to": 1024.0,
        "could_not_read": ["b"],
    }
    got = claim_upload(told)
    assert got is not None and got.path == tmp_path / "upload-x.zip"
    assert (got.name, got.sent, got.shrunk_to, got.could_not_read) == ("a.zip", 3, 1024, ("b",))
    assert claim_upload(told) is None


@pytest.mark.parametrize("told", [None, 5, [], {}, {"id": "../../etc/passwd"}, {"id": None}])
def test_what_the_browser_makes_up_is_ignored(told: object) -> None:
    assert claim_upload(told) is None


def test_odd_values_are_made_plain(tmp_path: Path) -> None:
    told = {"id": arrived(tmp_path), "count": float("nan"), "shrunk_to": "x", "could_not_read": {}}
    got = claim_upload(told)
    assert got is not None and (got.sent, got.shrunk_to, got.could_not_read) == (0, None, ())


def test_the_box_runs_without_a_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))
    at = AppTest.from_file(PAGE).run()
    assert not at.exception
    token = at.session_state["box.token"]
    assert at.run().session_state["box.token"] == token


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Class folders with names from everywhere, and one picture of each kind that needs care."""
    root = tmp_path / "Mein <b>Garten"
    roses, sun = root / "rosé & co", root / "向日葵"
    roses.mkdir(parents=True)
    sun.mkdir()
    large = Image.linear_gradient("L").resize((1500, 900)).convert("RGB")
    large.save(roses / "large.jpg")
    large.resize((640, 400)).save(roses / "small.jpg")
    turned = Image.new("RGB", (1600, 800), "red")
    turned.paste("blue", (0, 0, 800, 800))
    exif = Image.Exif()
    exif[0x112] = 6  # to be turned a quarter clockwise: the blue half comes on top
    turned.save(roses / "turned.jpg", exif=exif)
    Image.new("RGBA", (1200, 1200), (0, 255, 0, 60)).save(sun / "clear.png")
    large.save(sun / "scan.tiff")
    large.save(sun / "plain.bmp")
    (sun / "notes.txt").write_text("not a picture")
    (sun / ".DS_Store").write_bytes(b"junk")
    return root


def test_folders_of_pictures(server: Server, browser_page: Page, folder: Path, tmp_path: Path) -> None:
    browser_page.goto(server.url)
    expect(browser_page.get_by_role("button", name="Choose a folder")).to_be_visible()
    button = browser_page.get_by_label("Folder of pictures")
    button.set_input_files(folder)
    expect(browser_page.get_by_role("status")).to_contain_text("received")
    _each_picture_is_prepared(received(server, 1), folder)
    button.set_input_files(_masked(tmp_path / "pets"))
    _masks_keep_every_pixel(received(server, 2), tmp_path / "pets")


def _each_picture_is_prepared(told: dict[str, object], folder: Path) -> None:
    assert (told["name"], told["sent"], told["shrunk_to"]) == ("Mein <b>Garten.zip", 7, 1024)
    assert told["could_not_read"] == []
    with zipfile.ZipFile(str(told["path"])) as archive:
        assert archive.testzip() is None
        files = {name.removeprefix("Mein <b>Garten/"): archive.read(name) for name in archive.namelist()}
    for name in ("rosé & co/small.jpg", "向日葵/scan.tiff", "向日葵/notes.txt"):
        assert files.pop(name) == (folder / name).read_bytes(), f"{name} goes as it is"
    pictures = {name: Image.open(io.BytesIO(content)) for name, content in files.items()}
    assert {name: (picture.format, picture.size) for name, picture in pictures.items()} == {
        "rosé & co/large.jpg": ("JPEG", (1024, 614)),
        "rosé & co/turned.jpg": ("JPEG", (512, 1024)),
        "向日葵/clear.png": ("PNG", (1024, 1024)),
        "向日葵/plain.bmp.jpg": ("JPEG", (1024, 614)),
    }
    top, bottom = (pictures["rosé & co/turned.jpg"].getpixel((256, y)) for y in (200, 800))
    assert top[2] > 200 > 60 > top[0] and bottom[0] > 200 > 60 > bottom[2]
    red, green, blue, alpha = pictures["向日葵/clear.png"].getpixel((500, 500))
    assert (alpha, green > 240, red < 15, blue < 15) == (60, True, True, True)


def _masked(folder: Path) -> Path:
    """Photos, and masks that lie beside them or in a folder of their own."""
    photo = Image.linear_gradient("L").resize((1500, 900)).convert("RGB")
    mask = Image.new("L", (1500, 900), 0)
    mask.paste(2, (100, 100, 900, 701))
    for name, picture in {
        "pics/cat.png": photo,
        "masks/cat.png": mask,
        "pics/dog.png": photo,
        "pics/dog_mask.png": mask,
        "masks/alone.png": photo,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        picture.save(folder / name)
    return folder


def _masks_keep_every_pixel(told: dict[str, object], folder: Path) -> None:
    with zipfile.ZipFile(str(told["path"])) as archive:
        files = {name.removeprefix("pets/"): archive.read(name) for name in archive.namelist()}
    for name in ("masks/cat.png", "pics/dog_mask.png"):
        assert files.pop(name) == (folder / name).read_bytes()
    assert {Image.open(io.BytesIO(content)).size for content in files.values()} == {(1024, 614)}


def drop(page: Page, *paths: Path) -> None:
    """Drop files or folders on the box, as from a file manager."""
    box = page.locator(".box")
    expect(box).to_be_visible()
    place = box.bounding_box()
    assert place is not None
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        at = {"x": place["x"] + 20, "y": place["y"] + 20}
        session.send("Input.dispatchDragEvent", {"type": kind, "data": data, **at})


def test_dropping_something_else_and_then_class_folders(
    server: Server, browser_page: Page, folder: Path
) -> None:
    browser_page.goto(server.url)
    strange = folder.parent / "notes.pdf"
    strange.write_bytes(b"%PDF")
    drop(browser_page, strange)
    expect(browser_page.get_by_role("status")).to_have_text(
        "“notes.pdf” is not a picture, a ZIP or TAR file, or a table."
    )
    drop(browser_page, *folder.iterdir())
    expect(browser_page.get_by_role("status")).to_contain_text("7 files received")
    (path,) = (server.home / "cache" / "uploads").glob("*.zip")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {name.split("/")[0] for name in archive.namelist()} == {"rosé & co", "向日葵"}


def test_loose_files(server: Server, browser_page: Page, folder: Path, tmp_path: Path) -> None:
    browser_page.goto(server.url)
    browser_page.get_by_label("Loose pictures").set_input_files(folder / "向日葵" / "scan.tiff")
    assert zipped(server, 1) == ["scan.tiff"]
    small = (folder / "rosé & co" / "small.jpg").read_bytes()
    same = {"name": "small.jpg", "mimeType": "image/jpeg", "buffer": small}
    browser_page.get_by_label("Loose pictures").set_input_files([same, same])
    assert zipped(server, 2) == ["small (2).jpg", "small.jpg"]
    drop(browser_page, folder / "rosé & co" / "small.jpg", folder / "向日葵" / "clear.png")
    assert zipped(server, 3) == ["clear.png", "small.jpg"]
    _archives_and_tables_go_as_they_are(server, browser_page, tmp_path)


def _archives_and_tables_go_as_they_are(server: Server, page: Page, folder: Path) -> None:
    for number, name in enumerate(("flowers.zip", "texts.csv", "TEXTS.XLSX", "texts.txt"), 4):
        file = folder / name
        file.write_text("label,text\na,b\n" * number)
        page.get_by_label("ZIP or TAR file" if name == "flowers.zip" else "Table of texts").set_input_files(
            file
        )
        told = received(server, number)
        assert (told["name"], told["sent"], told["shrunk_to"]) == (name, 1, None)
        path = Path(str(told["path"]))
        assert path.read_bytes() == file.read_bytes() and path.suffix == file.suffix.lower()


COPY = """async () => {
  const canvas = new OffscreenCanvas(40, 30);
  canvas.getContext("2d").fillRect(5, 5, 20, 20);
  await navigator.clipboard.write([new ClipboardItem({ "image/png": await canvas.convertToBlob() })]);
}"""


def test_pasted_pictures(server: Server, browser_page: Page) -> None:
    browser_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    browser_page.goto(server.url)
    field = browser_page.get_by_label("Some text")
    field.click()
    browser_page.evaluate(COPY)
    browser_page.keyboard.press("Control+V")  # neither over the box nor in it: nobody's
    browser_page.locator(".lead").first.hover()
    browser_page.keyboard.press("Control+V")
    assert zipped(server, 1) == ["pasted 1.png"]
    browser_page.reload()
    browser_page.locator(".box").focus()
    browser_page.keyboard.press("Control+V")
    assert zipped(server, 2) == ["pasted 2.png"]
    browser_page.evaluate("navigator.clipboard.writeText('kitten')")
    field.click()
    browser_page.locator(".lead").first.hover()
    browser_page.keyboard.press("Control+V")
    expect(field).to_have_value("kitten")


def received(server: Server, uploads: int) -> dict[str, object]:
    """What Python was told of the newest of that many uploads, once they have arrived."""
    told = server.home / "received.jsonl"
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not (told.exists() and told.read_text().count("\n") == uploads):
        time.sleep(0.05)
    lines = told.read_text(encoding="utf-8").splitlines()
    assert len(lines) == uploads
    return dict(json.loads(lines[-1]))


def zipped(server: Server, uploads: int) -> list[str]:
    """The names in the newest of that many uploads."""
    with zipfile.ZipFile(str(received(server, uploads)["path"])) as archive:
        assert archive.testzip() is None
        return sorted(archive.namelist())


def test_cancel_keeps_nothing(server: Server, browser_page: Page, tmp_path: Path) -> None:
    slow = tmp_path / "slow.tar"
    slow.write_bytes(b"x" * 30_000_000)
    session = browser_page.context.new_cdp_session(browser_page)
    browser_page.goto(server.url)
    expect(browser_page.get_by_role("button", name="Choose a folder")).to_be_visible()
    session.send("Network.enable")
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 1_000_000}
    session.send("Network.emulateNetworkConditions", limits)
    browser_page.get_by_label("ZIP or TAR file").set_input_files(slow)
    browser_page.get_by_role("button", name="Cancel").click()
    expect(browser_page.get_by_role("status")).to_have_text("Cancelled. Nothing was kept.")
    uploads = server.home / "cache" / "uploads"
    for _ in range(100):
        if not list(uploads.glob("*")):
            break
        browser_page.wait_for_timeout(50)
    assert not list(uploads.glob("*"))
    assert not (server.home / "received.jsonl").exists()
