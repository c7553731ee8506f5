"""A batch of pictures that the machine with the pages answers for alone, and with help from the cluster."""

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
from tlcore.runs.run import Run
from tlcore.runs.workers.local_backend import child_environment, command
from tlcore.workspace import Workspace

SLOW = 1e9  # multiply-accumulates a second that the batch shall reckon with: each picture takes 0.4 s then


def batches(run: Run, pictures: Path, copies: int, cluster: RayCluster) -> Iterator[Row]:
    """Seconds of the command, its start and the model's included.

    Args:
        pictures: a folder that is answered for `copies` times.
    """
    source = Workspace().root / "pictures"
    for number in range(copies):
        shutil.copytree(pictures, source / str(number))
    plan.remember(Workspace(), "images", plan.MachineSpeed(SLOW, "CPU"))
    alone, seconds, _ = answered(run, source, "alone")
    yield {"what": f"a batch of {len(alone):,} pictures, one machine", "seconds": seconds, "holds": True}
    with at(cluster):
        helped, seconds, was_helped = answered(run, source, "helped")
    holds = helped == alone and was_helped
    yield {"what": "the same with two machines that help", "seconds": seconds, "holds": holds}


@contextlib.contextmanager
def at(cluster: RayCluster) -> Iterator[None]:
    """What is started in the block knows the cluster."""
    os.environ.update(GRAFT_CLUSTER=cluster.address, GRAFT_CLUSTER_TOKEN=cluster.token)
    try:
        yield
    finally:
        for name in ("GRAFT_CLUSTER", "GRAFT_CLUSTER_TOKEN"):
            del os.environ[name]


def answered(run: Run, source: Path, name: str) -> tuple[list[object], float, bool]:
    """The answers, the seconds, and whether somebody helped."""
    job, was_helped = Batch(Workspace().batches / name), False
    words = ["batch", str(run.folder), str(source), "--out", str(job.folder)]
    log, began = Workspace().root / f"{name}.log", time.monotonic()
    child = processes.spawn(command(words), log, child_environment())
    while child.is_running() and child.status() != "zombie":
        was_helped = was_helped or helper_of(job, 1) is not None
        time.sleep(0.05)
    seconds = time.monotonic() - began
    if job.recorded().state != "done":
        raise SystemExit(f"{job.recorded()}\n{log.read_text()[-2000:]}")
    answers = [(row.name, row.error, [(a.label, a.confidence) for a in row.answers]) for row in job.rows()]
    return list(answers), seconds, was_helped
