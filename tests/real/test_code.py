"""The code of a run on real data: its script, in a process without our package, scores as the run does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.code_of_run import EXAMPLES, POINT, of_the_script
from tests.fixtures.tiny_training import Graft
from tlcore.runs.run import Run

TINY = 1e-9  # of rounding


@pytest.mark.usefixtures("whole_lite0")
def test_the_script_ends_where_the_run_did(graft: Graft, trained_on: Callable[[str], Path]) -> None:
    compare(graft, Run(trained_on("flowers5")))


@pytest.mark.usefixtures("fetched")
def test_so_does_that_of_texts(graft: Graft, trained_on: Callable[[str], Path]) -> None:
    compare(graft, Run(trained_on("snips7")))


def compare(graft: Graft, run: Run) -> None:
    """Write its code and run that: no more than a point or two examples apart."""
    written = graft.call("code", run.folder, "--out", graft.home / "code", "--with-pictures")
    assert written.code == 0, written.err
    report, found = run.report(), of_the_script(graft.home / "code")
    allowed = max(POINT, EXAMPLES / report.validation_n) + TINY
    assert abs(found["validation"] - report.validation_accuracy) <= allowed
    least, most = report.test.interval  # of 95 %
    assert least <= found["test"] <= most
