"""A run in a spare worker that has loaded all that it can: the clock starts with the job's arguments."""

from __future__ import annotations

import time
from pathlib import Path

import psutil

from benchmarks.common.measure import POLL, Home, Row, Watch
from tlcore import processes
from tlcore.runs.workers.spare_worker import Order, SpareWorker

STILL = 0.02  # processor seconds within a second, at most, of one that has nothing to do
LOADING = 1.0  # processor seconds in which none has loaded TensorFlow


def stand_by(home: Home, backbone: str, size: int | None, loading: float = LOADING) -> SpareWorker:
    """A spare worker that has nothing left to load, and took so many processor seconds at least."""
    spare = SpareWorker()
    spare.start(home.env, backbone, size)
    if spare.pid is None:
        raise SystemExit("No spare worker: memory is short, or GRAFT_SPARE is 0.")
    wait_until_idle(psutil.Process(spare.pid), loading)
    return spare


def wait_until_idle(process: psutil.Process, loading: float) -> None:
    """Wait until the process has loaded something and then stood still for three seconds."""
    before, still = -1.0, 0
    while still < 3:
        time.sleep(1)
        spent = sum(process.cpu_times()[:2])
        still = still + 1 if spent - before < STILL and spent >= loading else 0
        before = spent


def train(
    home: Home, data: Path, run: Path, config: Path, backbone: str, size: int | None, loading: float = LOADING
) -> Row:
    """Seconds until the model can answer, and until its file is proven."""
    spare = stand_by(home, backbone, size, loading)
    watch = Watch(run)
    run.mkdir(parents=True)
    words = ["train", str(data), "--out", str(run), "--config", str(config)]
    began = time.perf_counter()
    child = spare.claim(Order(words, str(run / "train.log")), home.env)
    if child is None:
        raise SystemExit("The spare worker has gone.")
    worker = processes.let_go(child)
    watch.follow(child)
    if not watch.proven or worker.is_running():
        raise SystemExit(f"The run failed:\n{(run / 'train.log').read_text()[-2000:]}")
    return {
        "seconds": round(watch.proven - began, 3),
        "can_answer_s": round(watch.can_answer - began, 3),
        "stages_s": watch.seconds(),
        "look_s": POLL,
    }
