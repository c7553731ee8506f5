"""The work of a machine that helps a run with its frozen part."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.fixtures.finished_runs import Tuned
from tests.fixtures.stored_rows import kept
from tests.fixtures.tiny_training import in_workspace
from tlcore.errors import RunError
from tlcore.graft import helper
from tlcore.graft.training.run_context import RunContext
from tlcore.runs.cluster import helping
from tlcore.runs.cluster.helping import FrozenWork, HelpRequest
from tlcore.runs.job import Reporter
from tlcore.runs.run import Run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, weights_folder: Path, tuned: Tuned) -> Iterator[Run]:
    """A run with a store of rows for each of its two phases, in its workspace: a copy of `tuned`."""
    home = tmp_path_factory.mktemp("helped")
    shutil.copytree(tuned.run.folder.parent, home, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch, in_workspace(home, weights_folder, patch):
        yield Run(home / "run")


def stores(run: Run) -> list[Path]:
    return sorted((run.folder.parent / "workspace" / "cache" / "features").iterdir())


@pytest.mark.parametrize("unfrozen", [0, 2])
def test_a_helper_computes_what_the_run_itself_would(run: Run, tmp_path: Path, unfrozen: int) -> None:
    before = {store: kept(store) for store in stores(run)}
    files = {file: file.stat().st_mtime_ns for file in run.folder.rglob("*")}
    assert helper.help_run(run) == 0  # it has not asked for any
    store = next(one for one in before if next(iter(before[one].values())).ndim == (3 if unfrozen else 1))
    shutil.rmtree(store)
    rows = RunContext(run, run.config(), run.dataset(), run.manifest(), Reporter(Run(tmp_path))).all_rows()
    with helping.asked(run.folder, HelpRequest(FrozenWork(store.name, unfrozen, 32), 32, 1), rows):
        assert helping.take(run.folder, 1)  # somebody else does this one
        computed = helper.help_run(run)
    assert computed == len(before[store]) - 32
    after = kept(store)
    assert len(after) == computed and sorted(stores(run)) == sorted(before)
    for key, row in after.items():
        assert np.array_equal(row, before[store][key])
    assert {file: file.stat().st_mtime_ns for file in run.folder.rglob("*")} == files


def test_a_machine_of_another_kind_computes_nothing(run: Run) -> None:
    before = stores(run)
    with (
        helping.asked(
            run.folder, HelpRequest(FrozenWork("efficientnet-0123456789abcdef", 0, 32), 32, 1), np.arange(3)
        ),
        pytest.raises(RunError, match="other numbers"),
    ):
        helper.help_run(run)
    assert stores(run) == before
