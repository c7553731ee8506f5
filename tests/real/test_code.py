"""The code of a run on real photos: its script, in a process without our package, scores as the run does."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.code_of_run import EXAMPLES, POINT, of_the_script
from tests.fixtures.tiny_training import Graft
from tlcore.runs.run import Run


@pytest.mark.usefixtures("whole_lite0")
def test_the_script_ends_where_the_run_did(graft: Graft, shared_data: Path) -> None:
    trained = graft.call("train", shared_data / "flowers5", "--out", graft.home / "run", "--json")
    assert trained.code == 0, trained.err
    written = graft.call("code", graft.home / "run", "--out", graft.home / "code", "--with-pictures")
    assert written.code == 0, written.err
    report, found = Run(graft.home / "run").report(), of_the_script(graft.home / "code")
    allowed = max(POINT, EXAMPLES / report.validation_n)
    assert abs(found["validation"] - report.validation_accuracy) <= allowed
    least, most = report.test.interval  # of 95 %
    assert least <= found["test"] <= most
