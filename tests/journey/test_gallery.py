"""Faults found and put right, and pictures changed and named by keyboard, in the browser."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.fixtures import SHORT
from tests.fixtures.browser import Server, until
from tests.journey.conftest import LONG, choose, metric, no_failure, visit
from tlcore.__main__ import main
from tlcore.data.dataset import Dataset, datasets
from tlcore.data.manifest import Manifest
from tlcore.data.versions.example_states import states

CLASSES = ("<b>apple", "banana", "cherry")
EACH = 8
FOCUSED = """() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at?.getAttribute("aria-label") ?? "";
}"""


@pytest.fixture
def page(browser_page: Page) -> Iterator[Page]:
    """A page that says nothing wrong on its console either.

    That a picture could not be loaded is no fault while it makes room for another one; at the end none may be
    missing.
    """
    wrong: list[str] = []
    passing = ("404", "Image source error")
    browser_page.on(
        "console",
        lambda said: (
            wrong.append(said.text)
            if said.type == "error" and not any(word in said.text for word in passing)
            else None
        ),
    )
    yield browser_page
    assert wrong == []
    until(browser_page, "![...document.images].some((image) => image.complete && !image.naturalWidth)")


def picture(number: int, side: int = 96, enlarged: int = 1) -> bytes:
    """A photo-like picture: large shapes, no two alike; `enlarged` so many times, the look stays."""
    random = np.random.default_rng(number)
    small = Image.fromarray(random.integers(0, 255, (6, 6, 3), np.uint8))
    content = io.BytesIO()
    smooth = small.resize((side, side), Image.Resampling.BICUBIC)
    smooth.resize((side * enlarged, side * enlarged), Image.Resampling.BICUBIC).save(content, "PNG")
    return content.getvalue()


def faulty() -> dict[str, bytes]:
    """Three classes; an exact copy, an enlarged copy in another class, a blank picture, one that is none."""
    files = {
        f"{label}/{n}.png": picture(100 * number + n)
        for number, label in enumerate(CLASSES)
        for n in range(EACH)
    }
    files["<b>apple/copy.png"] = picture(0)
    files["banana/enlarged.png"] = picture(1, enlarged=2)
    blank = io.BytesIO()
    Image.new("RGB", (96, 96), "white").save(blank, "PNG")
    files["cherry/blank.png"] = blank.getvalue()
    files["cherry/broken.png"] = b"no picture"
    return files


def packed(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app for all tests of this file; the first one finds an empty workspace."""
    running = Server(tmp_path_factory.mktemp("gallery") / "workspace", env={"PYTHONPATH": SHORT}).start()
    yield running
    running.stop()


def imported(server: Server, source: Path) -> Dataset:
    """A data set that is there already."""
    folder = server.home / "datasets" / f"{source.stem}-20260101-120000-abcd"
    assert main(["import", str(source), "--out", str(folder)]) == 0
    return Dataset(folder)


def items(page: Page) -> Locator:
    """The pictures of the gallery that is seen."""
    return page.locator(".item:visible")


def said(page: Page) -> Locator:
    return page.locator(".said:visible")


def counts(dataset: Dataset) -> dict[str, int]:
    return dataset.read().counts()


def test_faults_are_put_right_pictures_changed_and_named_by_keyboard_and_in_two_tabs(
    server: Server, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{server.url}/data")
    page.get_by_label("ZIP or TAR file").first.set_input_files(packed(tmp_path / "fruit.zip", faulty()))
    expect(metric(page, "Pictures")).to_have_text("27", timeout=LONG)
    page.get_by_role("tab", name="Skipped").click()
    expect(page.get_by_text("28 files sent = 27 accepted + 1 skipped.")).to_be_visible()
    page.get_by_role("tab", name="Pictures").click()
    (dataset,) = datasets(server.home / "datasets")
    _put_right(page, dataset)
    _change(page, dataset)
    _rename(page, dataset)
    no_failure(page)
    _name_a_pile(page, imported(server, _pile(tmp_path)))
    _two_tabs_that_edit_at_once_lose_nothing(server, page, tmp_path)


def _put_right(page: Page, dataset: Dataset) -> None:
    """The exact copy goes by one click and comes back by another."""
    page.get_by_role("tab", name="Problems").click()
    place = f".st-key-problems_{dataset.id}_"
    for kind in ("two_classes", "exact", "blank"):
        expect(page.locator(f"{place}{kind}_1 img").first).to_be_visible()
    assert len(dataset.read().examples) == 27
    page.locator(f"{place}exact_1_remedy").get_by_role("button").click()
    expect(page.locator(f"{place}exact_1")).to_have_count(0)
    panel = page.get_by_role("tabpanel", name="Problems")
    expect(panel.get_by_text("One picture set aside.").first).to_be_visible()
    assert counts(dataset)["<b>apple"] == EACH
    panel.get_by_role("button", name="Undo").click()
    expect(page.locator(f"{place}exact_1")).to_be_visible()
    assert counts(dataset)["<b>apple"] == EACH + 1 and dataset.latest == 3


def _change(page: Page, dataset: Dataset) -> None:
    """Two become another class by a digit, one is set aside, both are taken back."""
    page.get_by_role("tab", name="Pictures").click()
    expect(items(page)).to_have_count(27)
    items(page).first.click()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_text("2 selected")).to_be_visible()
    chosen = {str(item.get_attribute("aria-label")).split(", ")[1] for item in items(page).all()[:2]}
    page.keyboard.press("2")
    expect(said(page)).to_have_text("2 pictures from “<b>apple” to “banana”.")
    assert {e.name for e in dataset.read().examples if e.label == "banana"} >= chosen
    page.keyboard.press("x")  # the focus has stayed in the gallery
    expect(said(page)).to_have_text("One picture set aside.")
    expect(items(page)).to_have_count(26)
    page.keyboard.press("Control+z")
    expect(said(page)).to_have_text(re.compile("Undid version 5"))
    page.keyboard.press("Control+z")
    expect(said(page)).to_have_text(re.compile("Undid version 4"))
    assert counts(dataset) == {"<b>apple": EACH + 1, "banana": EACH + 1, "cherry": EACH + 1}
    assert dataset.latest == 7
    assert "apple" in page.evaluate(FOCUSED) or "banana" in page.evaluate(FOCUSED)


def _rename(page: Page, dataset: Dataset) -> None:
    """A class gets another name twice: the box shows the class that the second one is for."""
    page.get_by_role("tab", name="Classes").click()
    panel = page.get_by_role("tabpanel", name="Classes")
    chosen = panel.get_by_role("combobox")
    choose(page, chosen, "cherry")
    for name in ("plum", "pear"):
        panel.get_by_label("New name").fill(name)
        panel.get_by_label("New name").press("Enter")
        panel.get_by_role("button", name="Rename").click()
        expect(panel.get_by_label("New name")).to_have_value("")
        expect(chosen).to_have_value(name)
    assert counts(dataset) == {"<b>apple": EACH + 1, "banana": EACH + 1, "pear": EACH + 1}
    panel.get_by_role("button", name="Undo").click()
    expect(chosen).to_have_value("<b>apple")
    assert counts(dataset)["plum"] == EACH + 1


def _two_tabs_that_edit_at_once_lose_nothing(server: Server, page: Page, tmp_path: Path) -> None:
    dataset = imported(server, packed(tmp_path / "fruit.zip", faulty()))
    other = page.context.new_page()
    tabs = (page, other)
    visit(page, "data", data=dataset.id)
    other.goto(page.url)
    for tab in tabs:
        expect(items(tab)).to_have_count(27)
    first, second, third = (name for name in _names(page)[:3])
    items(page).nth(0).click()
    items(other).nth(1).click()
    page.keyboard.press("2")
    other.keyboard.press("3")  # before it has seen what the other did
    items(other).nth(2).click()
    other.keyboard.press("x")
    for tab, sentence in ((page, "to “banana”"), (other, "set aside")):
        expect(said(tab)).to_have_text(re.compile(sentence))
    found = {state.example.name: state for state in states(dataset.read()).values()}
    assert found[first].example.label == "banana" and found[second].example.label == "cherry"
    assert not found[third].used
    page.keyboard.press("Control+z")  # takes back what this tab did, and nothing else
    expect(said(page)).to_have_text(re.compile("Undid version [23]: .* to “<b>apple”"))
    found = {state.example.name: state for state in states(dataset.read()).values()}
    assert found[first].example.label == "<b>apple" and found[second].example.label == "cherry"
    assert not found[third].used
    for tab in tabs:
        no_failure(tab)
    other.close()


def _names(page: Page) -> list[str]:
    return [str(item.get_attribute("aria-label")).split(", ")[1] for item in items(page).all()]


def _pile(folder: Path) -> Path:
    """Seventy pictures in no class folder."""
    return packed(folder / "pile.zip", {f"IMG_{n:03}.png": picture(n) for n in range(70)})


def _name_a_pile(page: Page, dataset: Dataset) -> None:
    visit(page, "data", data=dataset.id)
    page.get_by_role("tab", name="Pictures").click()
    expect(page.get_by_text("70 pictures have no class yet.")).to_be_visible()
    expect(items(page)).to_have_count(60)  # one page of them
    for label, shown in (("hen", 69), ("egg", 68)):
        expect(page.get_by_label("New class")).to_be_disabled()  # nothing is selected
        items(page).first.click()
        page.get_by_label("New class").fill(label)
        page.keyboard.press("Enter")
        expect(page.get_by_text(f"{shown} of 70 pictures.")).to_be_visible()
    expect(page.locator(".chip:visible")).to_have_text(["1egg", "2hen"])
    items(page).first.focus()
    for key in "12112":  # without a selection they go on to the next
        page.keyboard.press(key)
    expect(page.get_by_text("63 of 70 pictures.")).to_be_visible()
    assert counts(dataset) == {"egg": 4, "hen": 3}
    expect(page.get_by_role("button", name="Change settings first")).to_be_enabled()
    page.keyboard.press("PageDown")
    expect(items(page)).to_have_count(3)
    page.keyboard.press("Control+a")
    page.keyboard.press("2")
    expect(said(page)).to_have_text("3 pictures put into “hen”.")
    expect(items(page)).to_have_count(60)
    manifest: Manifest = dataset.read()
    assert manifest.counts() == {"egg": 4, "hen": 6} and len(manifest.aside) == 60
    no_failure(page)
