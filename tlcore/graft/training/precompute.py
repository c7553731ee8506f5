"""The first half of a run: choose the engine for the frozen part, and run it once for every picture.

Called by `phases.py`, and by `lr_finder.py`; what it returns is all that training sees of pictures, engines
and the cache.
"""

from __future__ import annotations

import logging
import time

import keras
import msgspec

from tlcore import plan
from tlcore.config import Unfreeze
from tlcore.data.task_words import WORDS
from tlcore.graft.cache import features
from tlcore.graft.engines.device import Device
from tlcore.graft.engines.engine import KerasEngine
from tlcore.graft.inputs.protocol import Inputs
from tlcore.graft.training.run_context import RunContext
from tlcore.workspace import Workspace

ENOUGH_TO_MEASURE = 100  # pictures
log = logging.getLogger(__name__)


def feature_reader(
    work: RunContext, front: keras.Model | None, unfrozen: Unfreeze, source: Inputs, device: Device
) -> tuple[features.FeatureReader, RunContext]:
    """Row numbers in, cut tensors out: from the cache, or computed each time where the run wants no cache.

    Args:
        unfrozen: how many blocks are not in `front`; the run's own number, or 0 while only its head trains.

    Returns:
        the reader, and the work with its engine settled.

    Raises:
        DataError: a picture cannot be read any more; WorkspaceError: the disk is too full.
    """
    if not work.config.cache:
        return features.live_reader(KerasEngine(front, device.is_gpu), source), work
    words = WORDS[work.manifest.task]
    message = f"Reading the {words.many}"
    if front is not None:
        message = f"Running the frozen part, once for every {words.one}"
    rows = work.all_rows()
    work.reporter.stage("features", "Getting ready to run the frozen part")  # a conversion may take seconds
    frozen = features.FrozenPart(front, source, rows, work.config.backbone, Workspace())
    macs = plan.frozen_macs(msgspec.structs.replace(work.config, unfreeze=unfrozen))
    engine = frozen.choose(work.config.engine, device.is_gpu, macs)
    if work.config.engine != engine.name:  # "auto", or one that failed
        work = work.settled(engine=engine.name)
    work.stop_if_asked()
    work.reporter.stage("features", message, total=len(rows))
    pace = Throughput()

    def count(done: int, total: int) -> None:
        pace.count(done)
        work.reporter.progress(done, total)
        work.stop_if_asked()

    found = frozen.reader(engine, count)
    log.info("the frozen part: %d of %d rows computed by %s", pace.computed, len(rows), engine.name)
    if front is not None:
        _remember(work, pace, macs)
    return found, work


def _remember(work: RunContext, pace: Throughput, macs: float) -> None:
    """Keep how fast it was, for later plans, where enough was computed to tell."""
    if pace.timed < ENOUGH_TO_MEASURE:
        return
    log.info("the frozen part: %.0f %s a second", pace.rate, WORDS[work.manifest.task].many)
    plan.remember(
        Workspace(), work.manifest.task, plan.MachineSpeed(macs * pace.rate, work.reporter.device_name)
    )


class Throughput:
    """How many rows a second are computed, from the second group on: the first compiles on the way."""

    def __init__(self) -> None:
        self._marks: list[tuple[float, int]] = []

    def count(self, done: int) -> None:
        """`done` rows are there now; the first call says how many were there before."""
        self._marks = [*self._marks[:2], (time.monotonic(), done)]

    @property
    def computed(self) -> int:
        return self._marks[-1][1] - self._marks[0][1] if self._marks else 0

    @property
    def timed(self) -> int:
        """Rows that `rate` rests on."""
        return self._marks[-1][1] - self._marks[1][1] if len(self._marks) > 2 else 0

    @property
    def rate(self) -> float:
        """Rows a second; ask only when some are timed."""
        return self.timed / (self._marks[-1][0] - self._marks[1][0])
