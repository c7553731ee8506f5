"""Which engine runs the frozen part: the fastest one that is right, and only if it is worth getting ready.

LiteRT has to convert the network first (once: the result is kept), so a few hundred pictures are sooner done
by Keras. A converted network is compared with Keras on the run's own first pictures, and both are timed after
the conversion; what was measured counts from then on. The other figures come from `benchmarks/engines.py`.
"""

from __future__ import annotations

import contextlib
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import msgspec
import numpy as np

from tlcore import system
from tlcore.config import EngineName
from tlcore.costs import GUESSED_SPEED
from tlcore.errors import GraftError
from tlcore.graft.engines.engine import Engine, KerasEngine, litert_version
from tlcore.graft.inputs.protocol import CPU_BATCH
from tlcore.records import JsonType

SAMPLE_SIZE = 8  # pictures whose answers are compared
ROUNDS = 2  # timings of each engine, after one that compiles
TOLERANCE = 1e-3  # largest difference of a number in the cut tensors
DEPTHWISE_GAIN = 2.0  # LiteRT against Keras on networks of depthwise convolutions, decoding included ...
DENSE_GAIN = 1.05  # ... and on others, which TensorFlow computes as fast
CONVERSION_SECONDS = 3.0  # converting, and timing both ...
CONVERSION_SECONDS_PER_PARAMETER = 0.4e-6  # ... grows with the network
log = logging.getLogger(__name__)


class Timing(msgspec.Struct):
    """Seconds per picture, as measured beside a converted network."""

    keras: float
    litert: float


_TIMING = JsonType(Timing)


@dataclass(frozen=True)
class Workload:
    """What is to be computed: how many pictures each engine's shelf still lacks, at what cost."""

    front: keras.Model | None
    fingerprint: str
    macs: float  # multiply-accumulates of the frozen part for one picture
    missing: dict[EngineName, int]
    sample: Callable[[int], np.ndarray]  # so many of the pictures, decoded
    folder: Path  # where converted networks are kept


def choose(work: Workload, wanted: EngineName, ours: KerasEngine) -> Engine:
    """LiteRT or `ours`. What goes wrong with LiteRT is logged, and Keras does the work.

    Raises:
        DataError: a picture cannot be read any more.
    """
    if work.front is None or ours.is_gpu or wanted == "keras" or work.front.inputs[0].dtype != "uint8":
        return ours  # LiteRT is for pictures on a CPU
    file = work.folder / f"{work.fingerprint[:32]}-{litert_version()}.tflite"
    if wanted == "auto" and not _pays_off(work, file):
        return ours
    try:
        return _litert_engine(work, ours, file, wanted)
    except GraftError:  # a picture that cannot be read: no engine can help
        raise
    except Exception:  # converter and interpreter raise whatever they like, and Keras can always do it
        log.warning("litert: not used, it failed", exc_info=True)
        with contextlib.suppress(OSError):  # not there, or in use (on Windows)
            file.unlink()
        return ours


def _pays_off(work: Workload, file: Path) -> bool:
    """Whether LiteRT will have done the pictures before Keras has, conversion included."""
    if not work.missing["keras"] or not litert_version():
        return False
    timing = _stored_timing(file) or _expected_timing(work)
    conversion = 0.0 if file.is_file() else _conversion_seconds(work)
    return conversion + work.missing["litert"] * timing.litert < work.missing["keras"] * timing.keras


def _expected_timing(work: Workload) -> Timing:
    """Before anything was measured."""
    assert work.front is not None
    depthwise = (keras.layers.DepthwiseConv2D, keras.layers.SeparableConv2D)
    gain = DEPTHWISE_GAIN if any(isinstance(layer, depthwise) for layer in work.front.layers) else DENSE_GAIN
    seconds = work.macs / (GUESSED_SPEED * system.cpu_count())
    return Timing(keras=seconds, litert=seconds / gain)


def _conversion_seconds(work: Workload) -> float:
    assert work.front is not None
    return CONVERSION_SECONDS + CONVERSION_SECONDS_PER_PARAMETER * work.front.count_params()


def _litert_engine(work: Workload, ours: KerasEngine, file: Path, wanted: EngineName) -> Engine:
    """LiteRT, when it is right and not slower; else Keras."""
    from tlcore.graft.engines import litert  # not installed everywhere

    assert work.front is not None
    if not file.is_file():
        log.info("litert: converted in %.1f s", litert.convert(work.front, file))
    theirs = litert.LiteRTEngine(file)
    if not work.missing["litert"]:
        return theirs  # all there, and compared when it was computed
    batch = work.sample(SAMPLE_SIZE)
    difference = _difference(theirs, work.front, batch)
    if not difference <= TOLERANCE:  # NaN is no agreement either
        log.warning("litert: not used, its first answers differ from Keras' by %.2g", difference)
        return ours
    timing = _stored_timing(file) or _measure_timing(ours, theirs, work.sample(CPU_BATCH), file)
    if wanted == "auto" and work.missing["litert"] * timing.litert > work.missing["keras"] * timing.keras:
        log.info("litert: not used, %.1f ms a picture against %.1f", timing.litert * 1e3, timing.keras * 1e3)
        return ours
    return theirs


def _difference(theirs: Engine, front: keras.Model, batch: np.ndarray) -> float:
    """Largest difference between the engine's numbers and Keras' own, uncompiled, for a batch."""
    outputs = front(batch, training=False)
    expected = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    pairs = zip(theirs.run(batch), expected, strict=True)
    return max(float(np.abs(mine - np.asarray(right)).max()) for mine, right in pairs)


def _measure_timing(ours: Engine, theirs: Engine, batch: np.ndarray, file: Path) -> Timing:
    """Time both on the same pictures, and keep it beside the converted network."""
    timing = Timing(math.inf, math.inf)
    for _ in range(1 + ROUNDS):  # in turns, the best of each: something else may be busy for a moment
        timing = Timing(
            keras=min(timing.keras, _seconds(ours, batch)), litert=min(timing.litert, _seconds(theirs, batch))
        )
    log.info("keras: %.1f ms a picture; litert: %.1f", timing.keras * 1e3, timing.litert * 1e3)
    system.write_atomic(file.with_suffix(".json"), msgspec.json.encode(timing))
    return timing


def _seconds(engine: Engine, batch: np.ndarray) -> float:
    """For one picture of the batch."""
    began = time.perf_counter()
    engine.run(batch)
    return (time.perf_counter() - began) / len(batch)


def _stored_timing(file: Path) -> Timing | None:
    return _TIMING.read_or(file.with_suffix(".json"), None)
