"""Many pictures that the machine with the pages answers for alone, and with help from the cluster."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.common.measure import Row
from tests.fixtures.ray_cluster import RayCluster, helper_of
from tlcore import plan, processes
from tlcore.runs.batches.batch import Batch
from tlcore.runs.external_test import FOLDER, ExternalTest
from tlcore.runs.job import Job
from tlcore.runs.run import Run
from tlcore.runs.workers.local_backend import child_environment, command
from tlcore.workspace import Workspace

SLOW = 1e9  # multiply-accumulates a second that the jobs shall reckon with: each picture takes 0.4 s then


def answers(run: Run, pictures: Path, copies: int, cluster: RayCluster) -> Iterator[Row]:
    """Seconds of a batch and of a test on a folder, the start of their commands and the model's included.

    Args:
        pictures: a folder of class folders that is answered for `copies` times.
    """
    source = Workspace().root / "pictures"
    for number in range(copies):
        for label in pictures.iterdir():
            shutil.copytree(label, source / label.name / str(number))
    plan.remember(Workspace(), "images", plan.MachineSpeed(SLOW, "CPU"))
    for what, ask in (("a batch", batch), ("a test on a folder", external_test)):
        alone, seconds, _ = ask(run, source, "alone")
        yield {"what": f"{what} of {len(alone):,} pictures, one machine", "seconds": seconds, "holds": True}
        with at(cluster):
            helped, seconds, was_helped = ask(run, source, "helped")
        holds = helped == alone and was_helped
        yield {"what": f"{what}, with two machines that help", "seconds": seconds, "holds": holds}


@contextlib.contextmanager
def at(cluster: RayCluster) -> Iterator[None]:
    """What is started in the block knows the cluster."""
    os.environ.update(GRAFT_CLUSTER=cluster.address, GRAFT_CLUSTER_TOKEN=cluster.token)
    try:
        yield
    finally:
        for name in ("GRAFT_CLUSTER", "GRAFT_CLUSTER_TOKEN"):
            del os.environ[name]


def batch(run: Run, source: Path, name: str) -> tuple[list[object], float, bool]:
    """The answers, the seconds, and whether somebody helped."""
    job = Batch(Workspace().batches / name)
    seconds, was_helped = finished(job, ["batch", str(run.folder), str(source), "--out", str(job.folder)])
    found = [(row.name, row.error, [(a.label, a.confidence) for a in row.answers]) for row in job.rows()]
    return list(found), seconds, was_helped


def external_test(run: Run, source: Path, name: str) -> tuple[list[object], float, bool]:
    """The same of a test on other data."""
    job = ExternalTest(run.folder / FOLDER / name)
    seconds, was_helped = finished(job, ["evaluate", str(run.folder), str(source), "--job", str(job.folder)])
    outcome = job.outcome()
    assert outcome is not None
    return list(outcome.score.predictions), seconds, was_helped


def finished(job: Job, words: list[str]) -> tuple[float, bool]:
    """Seconds that the job's command takes, and whether somebody helped."""
    was_helped, log, began = False, Workspace().root / "answers.log", time.monotonic()
    child = processes.spawn(command(words), log, child_environment())
    while child.is_running() and child.status() != "zombie":
        was_helped = was_helped or helper_of(job, 1) is not None
        time.sleep(0.05)
    if job.recorded().state != "done":
        raise SystemExit(f"{job.recorded()}\n{log.read_text()[-2000:]}")
    return time.monotonic() - began, was_helped
