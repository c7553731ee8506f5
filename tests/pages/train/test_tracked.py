"""Train says where other programs find the run, or why they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.tracked_run import tracked
from tests.pages.conftest import Open, words
from tlcore.export.tracking import record
from tlcore.export.tracking.record import Tracking
from tlcore.runs.job import Job, Reporter
from tlcore.workspace import Workspace


def test_what_became_of_it_is_shown(empty: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = tracked(Workspace().runs / "flowers", "tensorboard", "mlflow")
    Reporter(Job(run.folder)).end("done", "Ready")
    problem = "MLflow did not get this run: its package is missing."
    record.write(run.folder, Tracking(("tensorboard", "mlflow"), ("tensorboard",), {"mlflow": problem}))
    at = empty("train", run=run.id)
    assert not at.exception
    assert "MLflow did not get this run\\: its package is missing\\." in words(at)
    assert record.viewing("tensorboard") in [code.value for code in at.code]
