"""The work of a machine that helps a run with its frozen part."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.fixtures.stored_rows import kept
from tests.fixtures.tiny_training import Graft, small
from tlcore.config.augmentation import AugmentationConfig
from tlcore.errors import RunError
from tlcore.graft import helper
from tlcore.graft.training.run_context import RunContext
from tlcore.runs.cluster import helping
from tlcore.runs.cluster.helping import FrozenWork, HelpRequest
from tlcore.runs.job import Reporter
from tlcore.runs.run import Run

pytestmark = pytest.mark.usefixtures("unverified")


def stores(graft: Graft) -> list[Path]:
    return sorted((graft.home / "workspace" / "cache" / "features").iterdir())


@pytest.mark.parametrize("unfrozen", [0, 1])
def test_a_helper_computes_what_the_run_itself_would(graft: Graft, coloured: Path, unfrozen: int) -> None:
    config = small(epochs=1, unfreeze=unfrozen, augmentation=AugmentationConfig(views=2))
    assert graft.train(coloured, "run", config).code == 0
    run, before = Run(graft.home / "run"), {store: kept(store) for store in stores(graft)}
    files = {file: file.stat().st_mtime_ns for file in run.folder.rglob("*")}
    assert helper.help_run(run) == 0  # it has not asked for any
    store = next(one for one in before if next(iter(before[one].values())).ndim == (3 if unfrozen else 1))
    shutil.rmtree(store)
    rows = RunContext(run, run.config(), run.dataset(), run.manifest(), Reporter(Run(graft.home))).all_rows()
    with helping.asked(run.folder, HelpRequest(FrozenWork(store.name, unfrozen, 32), 32, 1), rows):
        assert helping.take(run.folder, 1)  # somebody else does this one
        computed = helper.help_run(run)
    assert computed == len(before[store]) - 32
    after = kept(store)
    assert len(after) == computed and sorted(stores(graft)) == sorted(before)
    for key, row in after.items():
        assert np.array_equal(row, before[store][key])
    assert {file: file.stat().st_mtime_ns for file in run.folder.rglob("*")} == files


def test_a_machine_of_another_kind_computes_nothing(graft: Graft, coloured: Path) -> None:
    assert graft.train(coloured, "run", small(epochs=1)).code == 0
    run, before = Run(graft.home / "run"), stores(graft)
    with (
        helping.asked(
            run.folder, HelpRequest(FrozenWork("efficientnet-0123456789abcdef", 0, 32), 32, 1), np.arange(3)
        ),
        pytest.raises(RunError, match="other numbers"),
    ):
        helper.help_run(run)
    assert stores(graft) == before
