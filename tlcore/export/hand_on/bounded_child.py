"""A child that loads a stranger's model: bounded in memory and time, and it sees no graphics card."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tlcore import memory, processes, system
from tlcore.errors import RunError
from tlcore.export.hand_on.unpack import OpeningStopped
from tlcore.runs.workers.local_backend import child_environment, tail

LOOK_EVERY = 0.2  # seconds
SECONDS = 600  # for all of it
MEMORY = 16_000_000_000  # bytes of address space at most, and no more than the computer has with room to map
ROOM_TO_MAP = 6_000_000_000


def run(words: list[str], log: Path, stopping: Callable[[], bool], broken: str) -> str:
    """The output of the command.

    Args:
        log: where its complaints go.
        broken: the sentence where it fails.

    Raises:
        RunError: it failed, or took too long.
        OpeningStopped: `stopping` said so.
    """
    environment = child_environment() | {"CUDA_VISIBLE_DEVICES": "-1"}  # a card's driver would map too much
    most = min(MEMORY, system.total_memory() + ROOM_TO_MAP)
    deadline = time.monotonic() + SECONDS
    with processes.converse(words, log, environment) as child:
        memory.bound(child.pid, most)
        process = processes.identity(child.pid)
        output: str | None = None
        while output is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                output, _ = child.communicate(timeout=LOOK_EVERY)
            if output is None and (stopping() or time.monotonic() > deadline):
                processes.kill_tree(*process)
                raise OpeningStopped if stopping() else RunError(broken)
    if child.returncode:
        raise RunError(broken, received=tail(log) or f"ended with {child.returncode}")
    return output
