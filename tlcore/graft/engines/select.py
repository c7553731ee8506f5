"""The choice of the engine for the frozen part: the fastest one that is right, conversion included.

LiteRT has to convert the network first (once: the result is kept), so Keras is done sooner with a few hundred
pictures. A converted network is compared with Keras on the run's own first pictures, and both are timed after
the conversion; these times count from then on. The other figures come from `benchmarks/engines.py`.
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
from tlcore.backbones.weights import conversions
from tlcore.config import EngineName
from tlcore.costs.cost_case import GUESSED_SPEED
from tlcore.errors import GraftError
from tlcore.graft.engines.engine import Engine, KerasEngine
from tlcore.records import JsonType

SAMPLE_SIZE = 8  # pictures whose answers are compared
ROUNDS = 2  # timings of each engine, after one that compiles
TOLERANCE = 1e-3  # largest difference of a number in the cut tensors ...
LARGE = 100.0  # ... where none is larger; else in proportion: between a transformer's layers some are huge
DEPTHWISE_GAIN = 2.0  # LiteRT against Keras on networks of depthwise convolutions, decoding included ...
ATTENTION_GAIN = 1.5  # ... on transformers, of which the smallest gain as much as those ...
DENSE_GAIN = 1.05  # ... and on others, which TensorFlow computes as fast
CONVERSION_SECONDS = 1.5  # converting ...
CONVERSION_SECONDS_PER_PARAMETER = 0.4e-6  # ... grows with the network
TIMING_SECONDS = 5.0  # after which no further round of timing begins, but for the first two
GAINS = {
    keras.layers.DepthwiseConv2D: DEPTHWISE_GAIN,
    keras.layers.SeparableConv2D: DEPTHWISE_GAIN,
    keras.layers.MultiHeadAttention: ATTENTION_GAIN,
    keras.layers.Softmax: ATTENTION_GAIN,  # of attention without that layer; a head is behind every front
}
log = logging.getLogger(__name__)


class Timing(msgspec.Struct):
    """Seconds per picture, as measured beside a converted network."""

    keras: float
    litert: float


_TIMING = JsonType(Timing)


@dataclass(frozen=True)
class Workload:
    """The pictures that each engine's store still lacks, and the cost of each."""

    front: keras.Model | None
    fingerprint: str
    macs: float  # multiply-accumulates of the frozen part for one picture
    missing: dict[EngineName, int]
    sample: Callable[[int], np.ndarray]  # this many of the pictures, decoded
    folders: tuple[Path, ...]  # of converted networks; a new one goes into the first


def choose(workload: Workload, preference: EngineName, keras_engine: KerasEngine) -> Engine:
    """LiteRT or Keras. Errors of LiteRT are logged, and Keras does the work.

    Raises:
        DataError: a picture cannot be read any more.
    """
    if (
        workload.front is None
        or keras_engine.is_gpu
        or preference == "keras"
        or workload.front.inputs[0].dtype != "uint8"
    ):
        return keras_engine  # LiteRT is for pictures on a CPU
    file = conversions.file_in(workload.folders, workload.fingerprint)
    if preference == "auto" and not _pays_off(workload, file, keras_engine.few):
        return keras_engine
    try:
        return _litert_engine(workload, keras_engine, file, preference)
    except GraftError:  # a picture that cannot be read: no engine can help
        raise
    except Exception:  # converter and interpreter raise whatever they like, and Keras can always do it
        log.warning("litert: not used, it failed", exc_info=True)
        with contextlib.suppress(OSError):  # not there, or in use (on Windows)
            file.unlink()
        return keras_engine


def _pays_off(workload: Workload, file: Path, few: int) -> bool:
    """Is LiteRT done with the pictures before Keras? Included are the conversion and the timing with `few` of
    them, where they are still to be done.
    """
    if not workload.missing["keras"] or not conversions.litert_version() or _is_too_large(workload):
        return False
    stored = _stored_timing(file)
    timing = stored or _expected_timing(workload)
    before = 0.0 if file.is_file() else _conversion_seconds(workload)
    before += 0.0 if stored else _timing_seconds(timing, few)
    return before + workload.missing["litert"] * timing.litert < workload.missing["keras"] * timing.keras


def _is_too_large(workload: Workload) -> bool:
    assert workload.front is not None
    return 4 * workload.front.count_params() > conversions.MOST_BYTES


def _expected_timing(workload: Workload) -> Timing:
    """Estimate for a network that was not measured yet."""
    assert workload.front is not None
    gain = max(GAINS.get(type(layer), DENSE_GAIN) for layer in workload.front.layers)
    seconds = workload.macs / (GUESSED_SPEED * system.cpu_count())
    return Timing(keras=seconds, litert=seconds / gain)


def _conversion_seconds(workload: Workload) -> float:
    assert workload.front is not None
    return CONVERSION_SECONDS + CONVERSION_SECONDS_PER_PARAMETER * workload.front.count_params()


def _timing_seconds(timing: Timing, few: int) -> float:
    """Seconds that `measure_timing` takes."""
    once = few * (timing.keras + timing.litert)
    return max(2 * once, min((1 + ROUNDS) * once, TIMING_SECONDS))


def _litert_engine(
    workload: Workload, keras_engine: KerasEngine, file: Path, preference: EngineName
) -> Engine:
    """LiteRT, when it is right and not slower; else Keras."""
    from tlcore.graft.engines import litert  # not installed everywhere

    assert workload.front is not None
    if not file.is_file():
        log.info("litert: converted in %.1f s", litert.convert(workload.front, file))
    litert_engine = litert.LiteRTEngine(file)
    if not workload.missing["litert"]:
        return litert_engine  # all there, and compared when it was computed
    batch = workload.sample(min(SAMPLE_SIZE, keras_engine.few))
    difference = _difference(litert_engine, workload.front, batch)
    if not difference <= TOLERANCE:  # NaN is no agreement either
        log.warning("litert: not used, its first answers differ from Keras' by %.2g", difference)
        return keras_engine
    timing = _stored_timing(file) or measure_timing(
        keras_engine, litert_engine, workload.sample(keras_engine.few), file
    )
    if (
        preference == "auto"
        and workload.missing["litert"] * timing.litert > workload.missing["keras"] * timing.keras
    ):
        log.info("litert: not used, %.1f ms a picture against %.1f", timing.litert * 1e3, timing.keras * 1e3)
        return keras_engine
    return litert_engine


def _difference(litert_engine: Engine, front: keras.Model, batch: np.ndarray) -> float:
    """Largest difference between the engine's numbers and Keras' own, uncompiled, for a batch: of tensors
    with larger numbers than `LARGE` as if their largest were that.
    """
    outputs = front(batch, training=False)
    expected = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    pairs = zip(litert_engine.run(batch), expected, strict=True)
    return max(
        float(np.abs(mine - right).max() / max(1.0, np.abs(right).max() / LARGE))
        for mine, right in ((mine, np.asarray(right)) for mine, right in pairs)
    )


def measure_timing(keras_engine: Engine, litert_engine: Engine, batch: np.ndarray, file: Path) -> Timing:
    """Time both on the same pictures, and write the times beside the converted network."""
    timing, began = Timing(math.inf, math.inf), time.perf_counter()
    for number in range(1 + ROUNDS):  # in turns, the best of each: something else may be busy for a moment
        timing = Timing(
            keras=min(timing.keras, _seconds(keras_engine, batch)),
            litert=min(timing.litert, _seconds(litert_engine, batch)),
        )
        if number and time.perf_counter() - began > TIMING_SECONDS:
            break
    log.info("keras: %.1f ms a picture; litert: %.1f", timing.keras * 1e3, timing.litert * 1e3)
    system.write_atomic(file.with_suffix(".json"), msgspec.json.encode(timing))
    return timing


def _seconds(engine: Engine, batch: np.ndarray) -> float:
    """Seconds for one picture of the batch."""
    began = time.perf_counter()
    engine.run(batch)
    return (time.perf_counter() - began) / len(batch)


def _stored_timing(file: Path) -> Timing | None:
    return _TIMING.read_or(file.with_suffix(".json"), None)
