"""Preparations on disk: which belongs to what, and whose features serve another version."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest

from tests.fixtures.analysed_run import flowers
from tests.fixtures.estimates import prepared
from tlcore.config import RunConfig
from tlcore.config.training import HeadConfig
from tlcore.data.dataset import Dataset
from tlcore.errors import RunError
from tlcore.evaluate.estimate import record
from tlcore.evaluate.estimate.record import Estimate, ExampleFeatures
from tlcore.runs.preparation import (
    GAVE_WAY,
    Preparation,
    arguments,
    essential,
    is_run_in_line,
    preparation_for,
    preparations_of,
    stored_features,
)
from tlcore.runs.queue import turn
from tlcore.workspace import Workspace

CONTENTS = {"a" * 64, "b" * 64, "c" * 64}


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "workspace"))
    return flowers()


def place(dataset: Dataset, **changes: object) -> Path:
    config = msgspec.structs.replace(RunConfig(), **changes)
    return preparation_for(Workspace(), dataset, config).folder


def test_what_changes_neither_features_nor_estimate_changes_no_preparation(dataset: Dataset) -> None:
    first = place(dataset)
    same = {"unfreeze": 3, "head": HeadConfig(hidden=(4,)), "seed": 7, "data": "elsewhere"}
    assert all(place(dataset, **{key: value}) == first for key, value in same.items())
    others = {"backbone": "mobilenet_v2", "input_size": 96, "fit": "pad"}
    assert len({first, *(place(dataset, **{key: value}) for key, value in others.items())}) == 4


def test_another_data_set_in_the_place_of_one_has_no_preparation(dataset: Dataset) -> None:
    job = prepared(dataset)
    assert [item.folder for item in preparations_of(Workspace(), dataset, 1)] == [job.folder]
    os.utime(dataset.manifest(1), (1, 1))
    assert preparations_of(Workspace(), dataset, 1) == [] != preparations_of(Workspace(), dataset)
    assert preparations_of(Workspace(), dataset, 2) == [], "there is no such version"


def test_the_one_that_was_started_last_is_first(dataset: Dataset) -> None:
    old = prepared(dataset)
    os.utime(old.folder / "config.json", (1, 1))
    new = prepared(dataset, RunConfig(input_size=96))
    assert [item.folder for item in preparations_of(Workspace(), dataset)] == [new.folder, old.folder]


@pytest.mark.parametrize(
    ("wanted", "from_data", "serves"),
    [
        (CONTENTS, False, True),
        (CONTENTS, True, True),
        ({"a" * 64}, False, True),
        ({"a" * 64}, True, False),  # other examples may ask for another size
        ({*CONTENTS, "d" * 64}, False, False),
    ],
)
def test_features_serve_later_versions(
    dataset: Dataset, wanted: set[str], from_data: bool, serves: bool
) -> None:
    job = prepared(dataset)
    ExampleFeatures(np.array(sorted(CONTENTS)), np.ones((3, 2), np.float32), from_data).save(job.folder)
    config = essential(RunConfig(data=str(dataset.folder), data_version=5))
    assert (stored_features(Workspace(), dataset, config, wanted) is not None) == serves
    other = msgspec.structs.replace(config, input_size=96)
    assert stored_features(Workspace(), dataset, other, wanted) is None


def test_its_folder_is_taken_again_and_no_other(dataset: Dataset, tmp_path: Path) -> None:
    config = essential(RunConfig(data=str(dataset.folder)))
    for _ in range(2):
        Preparation.prepare(tmp_path / "own", config)
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.doc").touch()
    with pytest.raises(RunError, match="something in that place"):
        Preparation.prepare(tmp_path / "thesis", config)
    words = arguments(Preparation(tmp_path / "own"), dataset)
    assert words[:2] == ["prepare", str(dataset.folder)] and words[-1] == "--background"


def test_an_estimate_in_the_cache_stays_until_the_next_one(dataset: Dataset, tmp_path: Path) -> None:
    job, found = prepared(dataset), Estimate(version=1, backbone="x", total=3)
    assert job.estimate() is None
    for folder, after in ((job.folder, found), (tmp_path / "own", None)):
        Preparation.prepare(folder, job.config())
        record.write(folder, found)
        Preparation.prepare(folder, job.config())
        assert record.read(folder) == after, "a folder of one's own may have been of other data"


@pytest.mark.parametrize(("seconds", "hands_over"), [(1, True), (3600, False), (-3600, False)])
def test_one_that_gave_way_goes_on_soon_or_never(dataset: Dataset, seconds: float, hands_over: bool) -> None:
    job = prepared(dataset, state="cancelled", stage=GAVE_WAY, updated=time.time() - seconds)
    assert job.gave_way and job.is_handed_over == hands_over
    assert not prepared(dataset, state="cancelled", updated=time.time()).is_handed_over


def test_a_run_in_line_is_seen(dataset: Dataset) -> None:
    assert not is_run_in_line(Workspace())
    with turn(Workspace().queue, "a run", lambda ahead: False):
        assert is_run_in_line(Workspace())
    assert not is_run_in_line(Workspace())
