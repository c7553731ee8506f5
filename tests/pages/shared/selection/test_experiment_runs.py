"""Runs of an experiment are one row, in every list and every box of runs."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest
from streamlit.testing.v1 import AppTest

from pages.components.shared.selection.experiment_runs import ExperimentRuns, experiment_names, fold
from tests.fixtures.finished_experiments import write_experiment
from tests.fixtures.many_runs import FROZEN, write_data, write_run
from tests.pages.conftest import Open, words
from tlcore.config import RunConfig
from tlcore.runs import run_records
from tlcore.runs.experiments.experiment import Experiment
from tlcore.runs.run_records import Notes
from tlcore.workspace import Workspace

NAME = "Flowers *of* spring"
ARMS = ["nothing", "the last block", "half of the blocks", "all 17 blocks", "all, from random weights"]


@pytest.fixture
def experiment(empty: Open, tmp_path: Path) -> Experiment:
    """A finished experiment of five runs and, a day older, a run of its own."""
    data = write_data(tmp_path / "workspace", "flowers-20260301-100000-0000", NAME)
    alone = write_run(Workspace().runs / FROZEN, RunConfig(data=str(data)), range(10))
    os.utime(alone.folder / "config.json", (1e9, 1e9))
    return write_experiment(data, "unfreeze")


def members(experiment: Experiment) -> list[str]:
    return [experiment.run(entry).id for entry in experiment.record().entries]


def test_the_runs_of_an_experiment_are_one_row_in_the_order_of_its_arms(experiment: Experiment) -> None:
    ids = members(experiment)
    row, alone = fold([ids[3], FROZEN, *ids[:3], ids[4]])
    assert isinstance(row, ExperimentRuns) and alone == FROZEN
    assert row.title == f"How much to unfreeze (5 runs) · 5 Mar, 10:15 · {NAME}"
    assert list(row.labels) == ids and list(row.labels.values()) == ARMS
    assert row.choices[ids[2]] == "half of the blocks · 96.0 %"
    assert (row.at_hand(ids[1]), row.at_hand(FROZEN)) == (ids[1], ids[2]), "the best by validation"
    record = experiment.record()
    experiment.write(msgspec.structs.replace(record, verdict=""))
    row, _ = fold([ids[3], FROZEN, *ids[:3], ids[4]])
    assert isinstance(row, ExperimentRuns) and row.at_hand(FROZEN) == ids[3], "the newest, while it goes on"


def test_a_single_run_of_an_experiment_is_a_row_like_any_other(experiment: Experiment) -> None:
    ids = members(experiment)
    assert fold([FROZEN, ids[0]]) == [FROZEN, ids[0]]


def test_a_name_of_ones_own_stays_and_equal_names_are_told_apart(experiment: Experiment) -> None:
    ids = members(experiment)
    for id in ids[:2]:
        run_records.write_notes(Workspace().runs / id, Notes("My *best*"))
    run_records.write_notes(Workspace().runs / ids[2], Notes(f"{NAME}: {ARMS[2]}"))
    (row,) = fold(ids)
    assert isinstance(row, ExperimentRuns)
    labels = list(row.labels.values())
    assert all(label.startswith("My *best*") for label in labels[:2]) and len(set(labels)) == 5
    assert labels[2:] == ARMS[2:]


def test_a_record_that_cannot_be_read_folds_nothing(experiment: Experiment) -> None:
    ids = members(experiment)
    experiment.file.write_text("{")
    assert fold(ids) == ids
    assert experiment_names() == {experiment.id: experiment.id}


def options(at: AppTest, number: int = 0) -> list[str]:
    assert not at.exception, at.exception
    return list(at.selectbox[number].options)


@pytest.mark.parametrize("page", ["train", "evaluate"])
def test_a_box_offers_it_once_and_a_second_one_its_runs(
    experiment: Experiment, empty: Open, page: str
) -> None:
    ids = members(experiment)
    at = empty(page)
    assert [option.split(" · ")[0] for option in options(at)] == ["How much to unfreeze (5 runs)", NAME]
    assert options(at, 1)[0] == "nothing · 92.0 %" and len(options(at, 1)) == 5
    assert at.query_params["run"] == ids[2], "its best run by validation"
    at.selectbox[1].set_value(ids[1]).run()
    assert at.query_params["run"] == ids[1] and at.selectbox[0].value == ids[1] and len(options(at)) == 2
    at.selectbox[0].set_value(FROZEN).run()
    assert at.query_params["run"] == FROZEN
    assert "choose_run_arm" not in [box.key for box in at.selectbox]
    assert empty(page, run=ids[4]).selectbox[1].value == ids[4]


def test_home_has_one_row_that_opens(experiment: Experiment, empty: Open) -> None:
    at = empty("home")
    assert not at.exception
    assert len([box for box in at.expander if "5 runs" in box.label]) == 1
    assert "What came of it" not in words(at)
    at.session_state[f"experiment_{experiment.id}"] = True
    at.run()
    links = [link.proto.label for link in at.get("page_link")]
    assert "What came of it" in links and [link for link in links if link in ARMS] == ARMS[:4]


def test_compare_folds_it_until_it_is_opened_or_a_part_of_it_is_chosen(
    experiment: Experiment, empty: Open
) -> None:
    ids = members(experiment)
    at = empty("compare")
    table = at.dataframe[0].value
    assert len(table) == 2 and "(5 runs)" in table["Run"][0]
    assert table["Validation"][0] == pytest.approx(96) and "6 runs" in words(at)
    assert "best run by validation" in words(at)
    at.multiselect(key="compare_opened").set_value([experiment.id]).run()
    assert len(at.dataframe[0].value) == 6 and not at.exception
    part = empty("compare", runs=",".join(ids[:2]))
    assert len(part.dataframe[0].value) == 6
    assert part.session_state["compare_runs"] == ids[:2]
    whole = empty("compare", runs=",".join(ids))
    assert len(whole.dataframe[0].value) == 2 and whole.session_state["compare_runs"] == ids


def test_a_version_says_once_that_the_experiment_used_it(experiment: Experiment, empty: Open) -> None:
    at = empty("data")
    labels = [link.proto.label for link in at.get("page_link")]
    used = [label for label in labels if label.startswith("Used by")]
    assert len(used) == 2 and "5 runs" in used[0], used


@pytest.mark.parametrize("spoil", ["no arms", "an unknown backbone", "a result is missing"])
def test_a_record_that_is_none_of_ours_folds_nothing(experiment: Experiment, spoil: str) -> None:
    ids = members(experiment)
    plain = msgspec.json.decode(experiment.file.read_bytes())
    if spoil == "no arms":
        plain["asked"]["arms"] = []
    elif spoil == "an unknown backbone":
        for arm in plain["asked"]["arms"]:
            arm["config"]["backbone"] = "nobody"
    else:
        plain["entries"].pop()
    experiment.file.write_bytes(msgspec.json.encode(plain))
    assert fold(ids) == ids
