"""A spare worker: a process of Graft's that loads TensorFlow first and learns its command later.

`runs/workers/spare_worker.py` starts it as `python -m tlcore spare BACKBONE SIZE` and writes a line, an
`Order`, to its standard input: another backbone, or the command of a job. Then it is the process that would
have been started for that command: `__main__.run` goes on with the command's words.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from tlcore import memory
from tlcore.runs.workers.spare_worker import IDLE_SECONDS, LEAST_MEMORY, SPARE, Order

LOOK_EVERY = 2.0  # seconds
FIRST = (
    "tlcore.graft.pipeline",
    "tlcore.graft.preparation",
    "tlcore.commands.prepare",
    "tlcore.commands.train",
)
LATER = (
    "tlcore.commands.predict",
    "tlcore.explain.why",
    "sklearn.manifold",
    "sklearn.metrics",
    "cleanlab.filter",
)


def is_spare(words: list[str]) -> bool:
    """Tell whether these words start a spare worker."""
    return words[:1] == [SPARE] and len(words) == 3


def stand_by(words: list[str]) -> list[str] | None:
    """Load what the next job will need and wait for it.

    Args:
        words: "spare", a backbone and its input size, which may be "".

    Returns:
        the words of its command; None: nobody needs this process any more.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    lines: queue.Queue[bytes] = queue.Queue()
    while is_spare(words):
        threading.Thread(target=lambda: lines.put(_read_line()), daemon=True).start()
        _load(words[1], int(words[2]) if words[2] else None, lambda: not lines.empty())
        line = _next_line(lines)
        if not line:
            return None
        order = Order.read(line)
        words = order.words
    _become(order)
    return words


def _next_line(lines: queue.Queue[bytes]) -> bytes:
    """The next order; nothing where the server has ended, or it is time to end."""
    since = time.monotonic()
    while True:
        try:
            return lines.get(timeout=LOOK_EVERY)
        except queue.Empty:
            if time.monotonic() - since > IDLE_SECONDS or memory.available_bytes(swap=False) < LEAST_MEMORY:
                return b""


def _read_line() -> bytes:
    """A line of standard input, and not a byte more: what follows is the command's own input."""
    line = bytearray()
    while (byte := os.read(0, 1)) and byte != b"\n":
        line += byte
    return bytes(line)


def _load(backbone: str, input_size: int | None, is_claimed: Callable[[], bool]) -> None:
    """Import what trains and answers, build the backbone, and do once what is slow for the first time: what
    every job needs comes first, and it breaks off once somebody waits.
    """
    network = None
    for module in FIRST:
        if is_claimed():
            return
        importlib.import_module(module)
    if not is_claimed():
        network = _build(backbone, input_size)
    for module in LATER:
        if is_claimed():
            return
        importlib.import_module(module)
    if network is not None and not is_claimed():
        from tlcore.graft.network import saved_model

        with contextlib.suppress(Exception):
            saved_model.rehearse(network)


def _build(backbone: str, input_size: int | None) -> Any:
    """The backbone as a `keras.Model`; None where it is not there, and on a GPU, which is left alone until
    there is a job.
    """
    from tlcore.backbones import keras_start as keras_start  # isort: skip  (before TensorFlow)
    import tensorflow as tf

    from tlcore.backbones.catalogue import catalogue
    from tlcore.backbones.weights import weights
    from tlcore.graft.engines.device import set_up_device
    from tlcore.graft.inputs import tasks

    with contextlib.suppress(Exception):  # whatever it is, the job says it
        if tf.config.list_physical_devices("GPU"):
            return None
        set_up_device()
        if weights.is_ready(catalogue.get(backbone)):  # a download is for people to start
            return tasks.of_backbone(backbone).build_ahead(backbone, input_size)
    return None


def _become(order: Order) -> None:
    """Take on the surroundings of the order's command: its workspace, its log, its input, its environment."""
    if order.home is not None:
        os.environ["GRAFT_HOME"] = order.home
    if order.log is not None:
        log = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        os.dup2(log, 2)
        if not order.is_conversation:
            os.dup2(log, 1)
        os.close(log)
    if order.is_conversation:
        return
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    os.environ["GRAFT_LOG"] = str(order.log)
