"""The first half of a run: choose the engine for the frozen part, and run it once for every picture.

Called by `phases.py`, and by `lr_finder.py`; what it returns is all that training sees of pictures, engines
and the cache.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator
from functools import partial

import keras
import msgspec
import numpy as np

from tlcore import plan
from tlcore.config import Unfreeze
from tlcore.config.task import INPUTS
from tlcore.data.task_words import WORDS
from tlcore.graft.cache import features
from tlcore.graft.cache.parts import WorkShare
from tlcore.graft.cache.store import SHARD_ROWS
from tlcore.graft.engines.device import Device
from tlcore.graft.engines.engine import KerasEngine
from tlcore.graft.inputs.protocol import Inputs
from tlcore.graft.training.run_context import RunContext
from tlcore.runs.cluster import helping, lease
from tlcore.runs.cluster.helping import WORTH_HELP, FrozenWork, HelpRequest
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace

ENOUGH_TO_MEASURE = 100  # pictures
PART_SECONDS = 5.0  # what is lost with a machine, and about what is done twice at the end
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
    context.reporter.stage("features", "Preparing the frozen part")  # a conversion may take seconds
    context = _choose_precision(context)
    part = frozen_part(context, front, inputs)
    macs = plan.frozen_macs(msgspec.structs.replace(context.config, unfreeze=unfrozen))
    engine = part.choose_engine(context.config.engine, device.is_gpu, macs)
    if context.config.engine != engine.name:  # "auto", or one that failed
        context = context.with_settings(engine=engine.name)
    context.check_stop()
    context.reporter.stage("features", message, total=len(part.rows))
    throughput = Throughput()

    def count(done: int, total: int) -> None:
        throughput.count(part.computed)
        context.reporter.progress(done, total)
        context.check_stop()

    reader = part.reader(engine, count, partial(_with_helpers, context, unfrozen, macs))
    log.info("the frozen part: %d of %d rows computed by %s", part.computed, len(part.rows), engine.name)
    if front is not None:
        _remember_speed(context, throughput, macs)
    return reader, context


def frozen_part(context: RunContext, front: keras.Model | None, inputs: Inputs) -> features.FrozenPart:
    """The frozen part of a run whose precision is chosen."""
    half, backbone = context.config.kept == "half", context.config.backbone
    return features.FrozenPart(front, inputs, context.all_rows(), backbone, Workspace(), half)


@contextlib.contextmanager
def _with_helpers(
    context: RunContext, unfrozen: Unfreeze, macs: float, store: str, missing: np.ndarray, batch: int
) -> Iterator[WorkShare | None]:
    """Ask other machines of the cluster for help, where there is enough to do; our share of the work."""
    each = plan.seconds_each(macs, INPUTS[context.manifest.task], Workspace())
    most = int(len(missing) * each / WORTH_HELP)
    is_elsewhere = bool(lease.own_token())  # there the run's own driver sees to it
    if not most or not (is_elsewhere or BACKEND.is_wide):
        yield None
        return
    size = batch * max(1, int(min(SHARD_ROWS, PART_SECONDS / each) / batch))
    folder, work = context.run.folder, FrozenWork(store, unfrozen, batch)
    with contextlib.ExitStack() as held:
        held.enter_context(helping.asked(folder, HelpRequest(work, size, most), missing))
        is_helped = is_elsewhere or held.enter_context(BACKEND.helped(context.run))
        if not is_helped:
            held.close()
        yield WorkShare(size, batch, partial(helping.take, folder), to_the_end=True) if is_helped else None


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
