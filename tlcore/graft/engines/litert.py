"""LiteRT with XNNPACK: the frozen part on the CPU, about twice as fast as Keras for today's small networks.

One single-threaded interpreter per core, fed one picture at a time, beats one interpreter on all cores:
nothing waits, and each worker decodes its own pictures while the others compute. The converted network is
kept in `cache/engines/`; `select.py` decides whether a conversion pays off.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from tlcore import system
from tlcore.backbones.weights.conversions import litert_version
from tlcore.graft.inputs.protocol import Inputs, Tensors
from tlcore.look_ahead import look_ahead

GROUP = 16  # pictures that a worker takes at a time, at most
AHEAD = 2  # groups per worker that may wait to be collected
MEMORY = 2_000_000_000  # bytes of weights in all interpreters together
MOST_NETWORKS = 8  # converted networks
# The converter logs by absl, which gives a root logger without a handler one that prints all we log again.
logging.getLogger().addHandler(logging.NullHandler())


def convert(front: keras.Model, target: Path) -> float:
    """Write `front` as a .tflite file for one picture at a time; return the seconds it took.

    Raises:
        Exception: of many kinds; not every network can be converted.
    """
    began = time.monotonic()
    content = tf.lite.TFLiteConverter.from_concrete_functions([constant_graph(front)]).convert()
    target.parent.mkdir(parents=True, exist_ok=True)
    system.write_atomic(target, content)
    for old in sorted(target.parent.glob("*.tflite"), key=system.age)[MOST_NETWORKS:]:
        with contextlib.suppress(OSError):  # gone already, or in use (on Windows)
            old.unlink()
            old.with_suffix(".json").unlink()
    return time.monotonic() - began


def constant_graph(model: keras.Model) -> Any:
    """The network for one picture at a time, as the converter takes it.

    The variables become constants first: with variables the result gave NaN, and Keras' own
    `export(format="litert")`, through a SavedModel, takes three times as long for the same file.
    """
    spec = tf.TensorSpec((1, *model.input_shape[1:]), model.inputs[0].dtype)
    traced = tf.function(lambda batch: model(batch, training=False), autograph=False)
    return convert_variables_to_constants_v2(traced.get_concrete_function(spec))


class LiteRTEngine:
    """A converted frozen part, ready to run.

    Raises:
        ValueError, RuntimeError: the file is no network that this version can run.
    """

    name = "litert"
    version = litert_version()
    batch = 1

    def __init__(self, file: Path) -> None:
        cores = system.cpu_count()
        workers = max(1, min(cores, MEMORY // max(1, file.stat().st_size)))
        self._free: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        with system.stderr_to():  # XNNPACK writes to it
            for _ in range(workers):
                self._free.put(_Worker(file, cores // workers))
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="litert")
        self._workers = workers
        with contextlib.suppress(OSError):  # a folder of somebody else's
            os.utime(file)  # used now: the ones used longest ago are removed first

    def run(self, batch: np.ndarray) -> Tensors:
        size = -(-len(batch) // max(1, self._free.qsize()))
        parts = self._pool.map(self._batch, [batch[at : at + size] for at in range(0, len(batch), size)])
        return tuple(np.concatenate(tensors) for tensors in zip(*parts, strict=True))

    def stream(self, inputs: Inputs, rows: np.ndarray) -> Iterator[tuple[np.ndarray, Tensors]]:
        size = max(1, min(GROUP, -(-len(rows) // self._workers)))  # few rows are shared out too
        groups = (rows[start : start + size] for start in range(0, len(rows), size))
        jobs = ((group, self._pool.submit(self._group, inputs, group)) for group in groups)
        return look_ahead(jobs, self._workers * (1 + AHEAD))

    def _group(self, inputs: Inputs, rows: np.ndarray) -> Tensors:
        """Decode and run some rows in this thread."""
        return self._run_each(inputs.decode(row) for row in rows.tolist())

    def _batch(self, batch: np.ndarray) -> Tensors:
        return self._run_each(iter(batch))

    def _run_each(self, pictures: Iterator[np.ndarray]) -> Tensors:
        worker = self._free.get()
        try:
            answers = [worker(picture) for picture in pictures]
        finally:
            self._free.put(worker)
        return tuple(np.stack(tensors) for tensors in zip(*answers, strict=True))


class _Worker:
    """One interpreter, used by one thread at a time."""

    def __init__(self, file: Path, threads: int) -> None:
        self._interpreter = Interpreter(model_path=str(file), num_threads=threads)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [output["index"] for output in self._interpreter.get_output_details()]

    def __call__(self, picture: np.ndarray) -> Tensors:
        self._interpreter.set_tensor(self._input, picture[None])
        self._interpreter.invoke()
        return tuple(self._interpreter.get_tensor(index)[0] for index in self._outputs)
