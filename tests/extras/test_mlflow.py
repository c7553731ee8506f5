"""MLflow itself reads what Graft writes; collected where its package is installed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient

from tests.fixtures.tracked_run import LOSSES, tracked
from tlcore.config.settings import SETTINGS
from tlcore.export.tracking import record
from tlcore.export.tracking.track import track
from tlcore.runs.run import Run


def test_mlflow_shows_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")  # a server that nobody asks
    run = tracked(tmp_path / "runs" / "it's ours", "mlflow")
    for _ in range(2):  # written again, it takes the place of the first
        assert not track(run).problems
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    client = MlflowClient(tracking_uri=record.database(record.place("mlflow")))
    (shown,) = client.search_runs([client.get_experiment_by_name("Graft").experiment_id])
    id = shown.info.run_id
    assert (shown.info.run_name, shown.info.status) == ("it's ours", "FINISHED")
    assert {m.step: m.value for m in client.get_metric_history(id, "loss/validation")} == LOSSES
    assert shown.data.metrics["test/score"] == run.report().test.accuracy
    assert set(shown.data.params) == set(SETTINGS) and shown.data.params["head.dropout"] == "0.4"
    names = {file.path for file in client.list_artifacts(id)}
    assert names == {
        *("README.md", "confusion.png"),
        *("config.json", "report.json", "labels.json", "model.keras"),
    }
    taken = client.download_artifacts(id, "model.keras", str(tmp_path))
    assert Path(taken).read_bytes() == run.model.read_bytes()


def test_a_store_that_cannot_be_read_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))
    run: Run = tracked(tmp_path / "runs" / "flowers", "mlflow")
    record.place("mlflow").mkdir(parents=True)
    (record.place("mlflow") / "mlflow.db").write_bytes(b"no database at all, but somebody's letter")
    assert track(run).problems["mlflow"].startswith("MLflow did not get this run:")
