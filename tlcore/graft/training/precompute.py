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
from tlcore.config.task import INPUTS
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
    context: RunContext, front: keras.Model | None, unfrozen: Unfreeze, inputs: Inputs, device: Device
) -> tuple[features.FeatureReader, RunContext]:
    """A reader of cut tensors, from the cache or live; and the context with the engine in its configuration.

    Args:
        unfrozen: number of blocks that are not in `front`; 0 while only the head trains.

    Raises:
        DataError: a picture cannot be read any more; WorkspaceError: the disk is too full.
    """
    if not context.config.cache:
        return features.live_reader(KerasEngine(front, device.is_gpu), inputs), context
    words = WORDS[context.manifest.task]
    message = f"Reading the {words.many}"
    if front is not None:
        message = f"Running the frozen part, once for every {words.one}"
    rows = context.all_rows()
    context.reporter.stage("features", "Preparing the frozen part")  # a conversion may take seconds
    context = _choose_precision(context)
    half = context.config.kept == "half"
    frozen_part = features.FrozenPart(front, inputs, rows, context.config.backbone, Workspace(), half)
    macs = plan.frozen_macs(msgspec.structs.replace(context.config, unfreeze=unfrozen))
    engine = frozen_part.choose_engine(context.config.engine, device.is_gpu, macs)
    if context.config.engine != engine.name:  # "auto", or one that failed
        context = context.with_settings(engine=engine.name)
    context.check_stop()
    context.reporter.stage("features", message, total=len(rows))
    throughput = Throughput()

    def count(done: int, total: int) -> None:
        throughput.count(done)
        context.reporter.progress(done, total)
        context.check_stop()

    reader = frozen_part.reader(engine, count)
    log.info("the frozen part: %d of %d rows computed by %s", throughput.computed, len(rows), engine.name)
    if front is not None:
        _remember_speed(context, throughput, macs)
    return reader, context


def _choose_precision(context: RunContext) -> RunContext:
    """The context with a decision how the cut tensors are kept, as the plan has it."""
    if context.config.kept != "auto":
        return context
    half = plan.plan(context.config, context.manifest, Workspace()).half_precision
    if half:
        log.info("the disk is short: the frozen part's output is kept in half precision")
    return context.with_settings(kept="half" if half else "full")


def _remember_speed(context: RunContext, throughput: Throughput, macs: float) -> None:
    """Remember the speed for later plans, where enough was computed to measure it."""
    if throughput.timed < ENOUGH_TO_MEASURE:
        return
    log.info("the frozen part: %.0f %s a second", throughput.rate, WORDS[context.manifest.task].many)
    plan.remember(
        Workspace(),
        INPUTS[context.manifest.task],
        plan.MachineSpeed(macs * throughput.rate, context.reporter.device_name),
    )


class Throughput:
    """Rows computed a second, from the second group on: the first compiles on the way."""

    def __init__(self) -> None:
        self._marks: list[tuple[float, int]] = []

    def count(self, done: int) -> None:
        """Note that `done` rows are there now; the first call gives those that were there before."""
        self._marks = [*self._marks[:2], (time.monotonic(), done)]

    @property
    def computed(self) -> int:
        return self._marks[-1][1] - self._marks[0][1] if self._marks else 0

    @property
    def timed(self) -> int:
        """Rows behind `rate`."""
        return self._marks[-1][1] - self._marks[1][1] if len(self._marks) > 2 else 0

    @property
    def rate(self) -> float:
        """Rows a second; only where `timed` is not 0."""
        return self.timed / (self._marks[-1][0] - self._marks[1][0])
