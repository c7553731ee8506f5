"""What people bring that cannot work: a clear message beside the control, and nothing is lost."""

from __future__ import annotations

import zipfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from tests.fixtures.image_workspace import Furnished
from tests.journey.conftest import LONG, SharedApp, at_rest, metric, no_failure

NAMES = ("<b>bold & <img src=x>", "*stars* _and_ [links](x)", "קטן ימין", "🌻 sun 🌻", ":red[x] $y$ `z`")
SPELT = ("می\u200cخواهم", "क्\u200dष", "👨\u200d👩\u200d👧", "back\\slash")  # with joiners that nobody sees


def pictures(path: Path, classes: tuple[str, ...], each: int = 4) -> Path:
    """A ZIP of small pictures in class folders; "." is none."""
    with zipfile.ZipFile(path, "w") as archive:
        for number, label in enumerate(classes):
            for i in range(each):
                with archive.open(f"{label}/{i}.png".removeprefix("./"), "w") as file:
                    Image.new("RGB", (40, 30), (40 * number, 9 * i, 99)).save(file, "PNG")
    return path


def send(page: Page, path: Path) -> None:
    """Choose an archive in the upload box of the Data page."""
    if not page.get_by_role("button", name="Choose a ZIP or TAR file").is_visible():
        page.get_by_text("Bring data", exact=True).click()
    expect(page.get_by_role("button", name="Choose a ZIP or TAR file")).to_be_visible()
    page.get_by_label("ZIP or TAR file").set_input_files(path)


def test_on_one_page_nothing_is_lost_by_what_people_bring_and_delete(
    shared_app: SharedApp, browser_page: Page, tmp_path: Path
) -> None:
    page, own = browser_page, shared_app.workspace
    page.goto(f"{shared_app.url}/data")
    _archives_that_cannot_be_used(page, own, tmp_path)
    _deleting_is_taken_back(page, own)
    _a_pile_is_taken_in_and_said_to_be_one(page, tmp_path)
    _names_are_shown_as_text(page, tmp_path)


def _archives_that_cannot_be_used(page: Page, own: Furnished, tmp_path: Path) -> None:
    expect(metric(page, "Pictures")).to_have_text("30")
    broken = tmp_path / "broken *x*.zip"
    broken.write_bytes(b"this is no archive" * 100)
    send(page, broken)
    alert = page.get_by_role("alert")
    expect(alert).to_have_count(1, timeout=LONG)
    expect(alert).to_contain_text("archive")
    expect(alert).to_contain_text("Received: broken *x*.zip.")
    send(page, pictures(tmp_path / "one.zip", ("only",)))  # which puts away what failed before
    expect(alert).to_contain_text("There is only one class", timeout=LONG)
    expect(alert).to_have_count(1)
    no_failure(page)
    expect(metric(page, "Pictures")).to_have_text("30")
    names = [folder.name for folder in (own.home / "datasets").iterdir()]
    assert own.dataset.is_ready or any(name.startswith("coloured") for name in names)
    page.get_by_role("button", name="Dismiss").click()
    expect(alert).to_have_count(0)
    assert [folder.name for folder in (own.home / "datasets").iterdir()] == [own.dataset.id]


def _deleting_is_taken_back(page: Page, own: Furnished) -> None:
    folder = own.dataset.folder
    page.get_by_role("button", name="Delete this data set").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Deleted \u2068Coloured <b>paper</b>\u2069.")).to_be_visible()
    expect(
        page.get_by_text("Drop or paste pictures, a folder of them, or a table of texts here")
    ).to_be_visible()
    assert not folder.exists()
    page.get_by_role("button", name="Undo").click()
    expect(metric(page, "Pictures")).to_have_text("30")
    assert own.dataset.read().name == "Coloured <b>paper</b>"
    own.home.joinpath("cache").mkdir(exist_ok=True)
    (own.home / "cache" / "something").write_bytes(b"x" * 5_000_000)
    page.get_by_text("Disk space").click()
    expect(metric(page, "Cache")).to_be_visible()
    at_rest(page)
    page.get_by_role("button", name="Delete the cache").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(metric(page, "Cache")).to_have_text("0 bytes")
    assert not (own.home / "cache" / "something").exists()
    expect(metric(page, "Pictures")).to_have_text("30")
    no_failure(page)


def _a_pile_is_taken_in_and_said_to_be_one(page: Page, tmp_path: Path) -> None:
    """Pictures in no class folder."""
    send(page, pictures(tmp_path / "pile.zip", (".",), each=7))
    alert = page.get_by_test_id("stAlert").filter(has_text="Not ready for training yet.")
    expect(alert).to_contain_text("All 7 pictures in it lie in no class folder.", timeout=LONG)
    expect(alert).to_contain_text("Sort them in the gallery, use class cards")
    expect(page.get_by_text("7 files sent = 7 accepted + 0 skipped")).to_be_attached()
    expect(page.locator(".item")).to_have_count(7)
    no_failure(page)


def _names_are_shown_as_text(page: Page, tmp_path: Path) -> None:
    names = (*NAMES, *SPELT)
    send(page, pictures(tmp_path / "a <i>b *c*.zip", names))
    expect(metric(page, "Pictures")).to_have_text(str(4 * len(names)), timeout=LONG)
    expect(page.get_by_label("Data set", exact=True)).to_have_count(1)
    expect(page.get_by_label("Data set", exact=True)).to_have_value("a <i>b *c*")
    images = page.locator(".item")
    expect(images).to_have_count(4 * len(names))
    captions = {text.strip() for text in images.locator(".caption").all_inner_texts()}
    assert captions == set(names)
    page.get_by_role("tab", name="Classes").click()
    drawn = page.locator(".st-key-classes_chart svg text")
    expect(drawn.first).to_be_visible()
    assert set(names) <= {text.strip() for text in drawn.all_text_contents()}
    no_failure(page)
