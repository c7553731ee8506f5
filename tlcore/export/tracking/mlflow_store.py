"""A run in a local MLflow store: settings as parameters, curves and scores as metrics, files as artifacts.

`mlflow-skinny` writes it, which `requirements-mlflow.txt` brings. Nothing is sent anywhere: MLflow's own
reports about its use are switched off, and no server is asked that the environment may name.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from tlcore.export.card import card
from tlcore.export.tracking.contents import TrackedRun
from tlcore.export.tracking.record import database, name_of
from tlcore.runs.run import Run

BEFORE_IMPORT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
}
EXPERIMENT = "Graft"
RUN_TAG = "graft.run"  # holds the run's name: one that goes on takes the place of what was written before
MOST = 900  # metrics in one write; MLflow takes 1,000
FILES = ("config.json", "report.json", "labels.json", "model.keras")


def write(run: Run, tracked: TrackedRun, place: Path) -> None:
    """Write the run into the store in the folder `place`, instead of an earlier one of the same name.

    Raises:
        OSError, mlflow.exceptions.MlflowException: the disk or the store refuses.
    """
    os.environ |= BEFORE_IMPORT
    from mlflow.entities import Metric, Param
    from mlflow.tracking import MlflowClient

    place.mkdir(parents=True, exist_ok=True)
    client = MlflowClient(tracking_uri=database(place))
    experiment = _experiment(client, place)
    name = name_of(run)
    for earlier in client.search_runs([experiment]):
        if earlier.data.tags.get(RUN_TAG) == name:  # asked here: a name may hold what ends a query
            client.delete_run(earlier.info.run_id)
    id = client.create_run(experiment, run_name=name, tags={RUN_TAG: name}).info.run_id
    client.log_batch(id, params=[Param(path, value) for path, value in tracked.settings.items()])
    now = int(time.time() * 1000)
    values = [Metric(scalar.name, scalar.value, now, scalar.step) for scalar in tracked.scalars]
    for start in range(0, len(values), MOST):
        client.log_batch(id, metrics=values[start : start + MOST])
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / card.PICTURE).write_bytes(tracked.picture)
        (Path(scratch) / "README.md").write_text(tracked.report, encoding="utf-8")
        client.log_artifacts(id, scratch)
    for name in FILES:
        client.log_artifact(id, str(run.folder / name))
    client.set_terminated(id)


def _experiment(client: Any, place: Path) -> str:
    """The id of the experiment that all runs belong to."""
    found = client.get_experiment_by_name(EXPERIMENT)
    if found:
        return str(found.experiment_id)
    return str(client.create_experiment(EXPERIMENT, (place / "artifacts").as_uri()))
