"""Compare, the part about runs: what the table says, what can be done with runs, these beside one another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.shared.text import plain
from tests.fixtures.many_runs import CLASSES, FAILED, FROZEN, HOSTILE, NEWEST_FIRST, OTHER, TUNED, write_run
from tests.pages.conftest import Open, in_dialog, primary, words
from tlcore import processes
from tlcore.config import RunConfig
from tlcore.runs import run_records
from tlcore.runs.run import Run, runs
from tlcore.runs.run_records import ModelSpeed, Notes


def compare(open_page: Open, *ids: str, **query: str) -> AppTest:
    at = open_page("compare", **({"runs": ",".join(ids)} if ids else {}), **query)
    assert not at.exception
    return at


def test_without_runs_the_way_to_one_is_shown(empty: Open) -> None:
    at = compare(empty)
    assert primary(at) == ["Begin with a sample or your data"]
    assert "nothing to compare yet" in words(at) and not at.dataframe


def test_the_table_says_what_every_run_reached(empty: Open, home: Path) -> None:
    at = compare(empty)
    table = at.dataframe[0].value
    assert list(table["Run"]) == [
        "My flowers · everything frozen",
        f"\u200e\u2068{HOSTILE}\u2069 · 3 Mar, 10:15",
        "My flowers · 2 blocks unfrozen, 94.0 %",
        "My flowers · everything frozen, 90.0 %",
    ]
    assert list(table["95 % interval"][1:]) == [
        "70.0 % (60.4–78.1)",
        "94.0 % (87.5–97.2)",
        "90.0 % (82.6–94.5)",
    ]
    assert list(table["Test accuracy"][1:]) == pytest.approx([70, 94, 90])
    assert list(table["Unfrozen"]) == ["none", "none", "2 of 17", "none"]
    assert list(table["State"]) == ["Failed", "Ready", "Ready", "Ready"]
    assert list(table["Data set"])[:2] == ["My flowers", "Birds | *garden* <i>"]
    assert table["ms per example"][1] == 14.25 and table["Size (MB)"][1] == 1.25
    assert table[["Test accuracy", "Size (MB)", "ms per example"]].iloc[0].isna().all()
    assert list(table["★"]) == ["", "★", "", ""]


@pytest.mark.parametrize(
    ("find", "data", "starred", "left"),
    [
        ("FLOWERS", None, False, [FAILED, TUNED, FROZEN]),
        ("efficient ready", None, False, [TUNED, FROZEN]),
        ("שלום", None, False, [OTHER]),
        ("", "Birds | *garden* <i>", False, [OTHER]),
        ("", None, True, [OTHER]),
        ("nothing like it", None, False, []),
    ],
)
def test_the_table_is_filtered(
    empty: Open, home: Path, find: str, data: str | None, starred: bool, left: list[str]
) -> None:
    at = compare(empty)
    at.text_input(key="compare_find").set_value(find)
    at.toggle(key="compare_starred").set_value(starred)
    if data:
        at.selectbox(key="compare_data").set_value(data)
    at.run()
    assert not at.exception
    facts = {
        FAILED: "everything frozen",
        OTHER: "3 Mar, 10:15",
        TUNED: "2 blocks unfrozen, 94.0 %",
        FROZEN: "everything frozen, 90.0 %",
    }
    shown = [facts[id] for id in NEWEST_FIRST if id in left]
    assert [name.split(" · ")[1] for name in at.dataframe[0].value["Run"]] == shown if left else True
    assert ("No run matches" in words(at)) == (not left)


def test_two_on_the_same_test_are_compared_honestly(empty: Open, home: Path) -> None:
    at = compare(empty, FROZEN, TUNED)
    assert (
        r"On the same 100 test pictures **⁨My flowers · 2 blocks unfrozen\, 94\.0 \%⁩** was right "
        r"4.0 points more often than **⁨My flowers · everything frozen\, 90\.0 \%⁩**; that could still be "
        "chance (95 % interval −2.1 to +10.0)." in words(at)
    )
    differing = at.table[0].value
    assert list(differing["Setting"]) == ["Blocks unfrozen", "Hidden layers", "Mixup", "Seed"]
    assert differing.iloc[0].tolist()[1:3] == ["⁨none⁩", "⁨2 of 17⁩"]
    assert r"**Blocks unfrozen**: Blocks of the backbone that train with the head" in words(at)
    assert not primary(at)


def test_a_large_difference_is_hardly_chance_and_none_is_said_to_be_none(empty: Open, home: Path) -> None:
    frozen = Run(home / "runs" / FROZEN)
    write_run(home / "runs" / "perfect", frozen.config(), [], validation=1.0)
    write_run(home / "runs" / "twin", frozen.config(), range(20, 30))
    said = words(compare(empty, FROZEN, "perfect"))
    assert "10.0 points more often" in said and "that is hardly chance (95 % interval +" in said
    at = compare(empty, FROZEN, "twin")
    assert "both got equally many right: this test cannot tell which is better" in words(at)
    assert "Nothing: they were trained with the same settings." in words(at)


def test_of_several_the_best_two_by_validation_are_compared(empty: Open, home: Path) -> None:
    frozen = Run(home / "runs" / FROZEN)
    write_run(home / "runs" / "lucky", frozen.config(), [], validation=0.5)
    said = words(compare(empty, FROZEN, TUNED, "lucky"))
    best = (
        r"**⁨My flowers · 2 blocks unfrozen\, 94\.0 \%⁩** and **⁨My flowers · everything frozen\, 90\.0 \%⁩** "
        "are the best by validation"
    )
    assert said.count(best) == 1 and "On the same 100 test pictures" in said and "Not all" not in said
    said = words(compare(empty, OTHER, FROZEN, "lucky", TUNED))
    assert f"Not all of these runs were tested on the same examples. Of those that were, {best}" in said


def test_many_stand_below_one_another(empty: Open, home: Path) -> None:
    ids = [f"flowers-20260305-10150{number}-eeee" for number in range(6)]
    for number, id in enumerate(ids):
        write_run(
            home / "runs" / id, RunConfig(data=Run(home / "runs" / FROZEN).config().data, seed=number), []
        )
    table = compare(empty, *ids).dataframe[1].value
    assert list(table.columns) == ["Run", "Seed"] and list(table["Seed"]) == list("012345")


@pytest.mark.parametrize("change", ["other examples", "other labels", "fewer"])
def test_scores_on_different_tests_are_not_compared(empty: Open, home: Path, change: str) -> None:
    path = home / "runs" / TUNED / "report.json"
    report = json.loads(path.read_text())
    answers = report["test"]["predictions"]
    if change == "other examples":
        answers[0]["sha256"] = "00"
    elif change == "other labels":
        answers[0]["label"] = CLASSES[1]
    else:
        del answers[0]
    path.write_text(json.dumps(report))
    said = words(compare(empty, FROZEN, TUNED))
    assert "tested on different examples" in said and "points" not in said


def test_what_an_address_names_and_is_gone_is_said(empty: Open, home: Path) -> None:
    at = compare(empty, FROZEN, "gone", "../../etc", TUNED)
    assert "no longer exist" in at.warning[0].value
    assert at.query_params["runs"] == f"{FROZEN},{TUNED}"
    assert at.table  # the two that are there are compared


def test_an_address_opens_the_side_it_names(empty: Open, home: Path) -> None:
    at = compare(empty, TUNED)
    assert at.get("button_group")[0].value == "runs"
    assert primary(at) == ["Open"]
    for query in ({"experiment": "some"}, {"view": "experiments"}):
        assert compare(empty, **query).get("button_group")[0].value == "experiments"


def test_a_star_is_given_and_taken(empty: Open, home: Path) -> None:
    at = compare(empty, FROZEN, OTHER)
    at.button(key="compare_star").click().run()
    assert run_records.read_notes(home / "runs" / FROZEN) == Notes("", True)
    assert run_records.read_notes(home / "runs" / OTHER) == Notes(HOSTILE, True)
    assert list(at.dataframe[0].value["★"]) == ["", "★", "", "★"]
    at.button(key="compare_star").click().run()
    assert not run_records.read_notes(home / "runs" / FROZEN).starred
    assert run_records.read_notes(home / "runs" / OTHER).name == HOSTILE


def test_a_name_is_given_and_shown_everywhere_as_text(empty: Open, home: Path) -> None:
    at = compare(empty, TUNED)
    in_dialog(at, "compare_rename", **{f"name_{TUNED}": "bad\u202ename"})
    assert "visible characters" in at.error[0].value and not (home / "runs" / TUNED / "notes.json").exists()
    at = compare(empty, TUNED)
    in_dialog(at, "compare_rename", **{f"name_{TUNED}": "  <i>two</i> *last* blocks "})
    assert run_records.read_notes(home / "runs" / TUNED) == Notes("<i>two</i> *last* blocks")
    assert at.dataframe[0].value["Run"][2] == "<i>two</i> *last* blocks · 2 Mar, 10:15"
    label = r"\<i\>two\<\/i\> \*last\* blocks · 2 Mar\, 10\:15"
    listed = [link.label for link in empty("home").get("page_link")]
    assert label in listed
    boxed = empty("train", run=TUNED).selectbox[0]
    assert "<i>two</i> *last* blocks · 2 Mar, 10:15" in boxed.options


def test_runs_are_deleted_after_a_question_and_brought_back(empty: Open, home: Path) -> None:
    at = compare(empty, FROZEN, TUNED)
    at.button(key="compare_delete").click().run()
    assert (
        r"My flowers · everything frozen\, 90\.0 \%" in words(at)
        and "(1.2 MB)" in words(at)
        and len(runs(home / "runs")) == 4
    )
    in_dialog(at, "compare_delete", "compare_delete_for_sure")
    assert {run.id for run in runs(home / "runs")} == {OTHER, FAILED}
    assert "Deleted 2 runs." in words(at) and "runs" not in at.query_params
    at.button(key="undo_delete").click().run()
    assert not at.exception
    assert {run.id for run in runs(home / "runs")} == set(NEWEST_FIRST)
    assert len(at.dataframe[0].value) == 4


def test_a_run_at_work_is_not_deleted_and_neither_are_those_beside_it(empty: Open, home: Path) -> None:
    pid, started = processes.identity()
    status = {"state": "running", "pid": pid, "started": started}
    (home / "runs" / FAILED / "status.json").write_text(json.dumps(status))
    at = compare(empty, FROZEN, FAILED)
    assert list(at.dataframe[0].value["State"]) == ["Running", "Ready", "Ready", "Ready"]
    at.button(key="compare_delete").click().run()
    assert not at.exception and "A run is using it" in at.error[0].value
    assert {run.id for run in runs(home / "runs")} == set(NEWEST_FIRST)


@pytest.mark.parametrize(
    "broken",
    ["config.json", "report.json", "metrics.jsonl", "status.json", "notes.json", "speed.json", "model.keras"],
)
def test_a_spoiled_file_leaves_the_rest_standing(empty: Open, home: Path, broken: str) -> None:
    (home / "runs" / TUNED / broken).write_text("{")
    at = compare(empty, FROZEN, TUNED, OTHER)
    is_named = broken == "config.json"  # without it nobody knows what the run is
    assert len(at.dataframe[0].value) == 4 - is_named
    assert (f"The run in the folder “\u2068{plain(TUNED)}\u2069” cannot be read" in words(at)) == is_named


def test_data_that_are_gone_are_said_to_be(empty: Open, home: Path) -> None:
    data = Path(Run(home / "runs" / OTHER).config().data)
    (data / "manifest.json").unlink()
    assert compare(empty).dataframe[0].value["Data set"][1] == "birds (deleted)"


def test_a_measurement_shows_how_far_it_is_and_what_went_wrong(empty: Open, home: Path) -> None:
    job = home / "cache" / "measure"
    assert compare(empty).button(key="compare_measure").label == "Measure speed of 2"
    job.mkdir(parents=True)
    pid, started = processes.identity()
    status = {
        "state": "running",
        "message": "Measuring",
        "done": 1,
        "total": 2,
        "pid": pid,
        "started": started,
    }
    (job / "status.json").write_text(json.dumps(status))
    at = compare(empty)
    assert at.button(key="stop_measuring") and "compare_measure" not in [b.key for b in at.button]
    (job / "status.json").write_text('{"state": "failed", "error": "No *data*."}')
    at = compare(empty)
    assert at.error[0].value == r"No \*data\*\."
    at.button(key="dismiss_measuring").click().run()
    assert not at.exception and not at.error and not job.exists()
    for id in (FROZEN, TUNED):
        run_records.write_speed(home / "runs" / id, ModelSpeed(1.0, 1.0, 1))
    assert "compare_measure" not in [button.key for button in compare(empty).button]
