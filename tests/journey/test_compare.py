"""Two runs beside one another: chosen, named, starred, opened from their address, deleted and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.fixtures.browser import Server
from tests.fixtures.many_runs import FAILED, FROZEN, HOSTILE, OTHER, TUNED, several
from tests.journey.conftest import no_failure
from tlcore.runs import run_records
from tlcore.runs.run import runs
from tlcore.runs.run_records import Notes

CHANCE = "that could still be chance (95 % interval −2.1 to +10.0)"
ROW = 33  # pixels of a row of the table, which is drawn on a canvas


def tick(page: Page, row: int) -> None:
    """Click the box at the left of a row; 0 is the first below the head."""
    box = page.get_by_test_id("stDataFrame").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 16, box["y"] + (row + 1.5) * ROW)


def test_two_runs_from_the_table_to_the_trash_and_back(
    tmp_path: Path, open_app: Callable[[], Server], browser_page: Page
) -> None:
    home, page = tmp_path / "workspace", browser_page
    several(home)
    server = open_app()
    page.goto(f"{server.url}/compare")
    expect(page.get_by_text("4 runs.")).to_be_visible()
    tick(page, 2)
    expect(page.get_by_role("button", name="Open")).to_be_visible()
    tick(page, 3)
    expect(page.get_by_text(CHANCE)).to_be_visible()
    for name in ("compare_intervals", "compare_loss", "compare_accuracy"):
        expect(page.locator(f".st-key-{name} canvas").first).to_be_visible()
    expect(page.get_by_role("cell", name="2 of 17")).to_be_visible()
    _name_and_star(page)
    assert run_records.read_notes(home / "runs" / TUNED) == Notes("<b>two</b> blocks", starred=True)

    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_text(CHANCE)).to_be_visible()
    expect(other.get_by_role("columnheader", name="<b>two</b> blocks")).to_be_visible()
    tick(other, 1)  # a third, on another test and with a name that looks like markup
    expect(other.get_by_role("link", name=HOSTILE.split("(")[0])).to_be_visible()
    no_failure(other)
    other.close()
    _delete_and_undo(page, home)
    no_failure(page)


def _name_and_star(page: Page) -> None:
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("dialog").get_by_label("Name").first.fill("<b>two</b> blocks")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="<b>two</b> blocks · 2 Mar, 10:15")).to_be_visible()
    page.get_by_role("button", name="Star", exact=True).click()
    expect(page.get_by_role("button", name="Unstar")).to_be_visible()


def _delete_and_undo(page: Page, home: Path) -> None:
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Deleted 2 runs.")).to_be_visible()
    expect(page.get_by_text("2 runs. Tick one")).to_be_visible()
    assert {run.id for run in runs(home / "runs")} == {OTHER, FAILED}
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("4 runs. Tick one")).to_be_visible()
    assert {run.id for run in runs(home / "runs")} == {OTHER, FAILED, FROZEN, TUNED}
