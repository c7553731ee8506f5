"""The GPUs of this machine: with several, as many runs train at a time, one on each.

A run holds the lock of one from its turn to its end. Its process learns of no other one, by
`CUDA_VISIBLE_DEVICES`, which TensorFlow reads when it is loaded.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tlcore import system

VISIBLE = "CUDA_VISIBLE_DEVICES"
PATIENCE = 20.0  # seconds for a driver that wakes up


@functools.cache
def names() -> tuple[str, ...]:
    """Their names for CUDA: those of `CUDA_VISIBLE_DEVICES`, where it is set."""
    if VISIBLE in os.environ:
        given = [name.strip() for name in os.environ[VISIBLE].split(",")]
        return tuple(name for name in given if name and name != "-1")
    if (tool := shutil.which("nvidia-smi")) is None:
        return ()
    try:
        said = subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    lines = [line for line in said.stdout.splitlines() if line.startswith("GPU ")]
    return tuple(str(number) for number in range(len(lines)))


@contextlib.contextmanager
def one_gpu(queue: Path) -> Iterator[None]:
    """Hold one that no other run holds, where there are several; TensorFlow must not be loaded yet.

    Args:
        queue: the folder of the tickets, where their locks lie, too.
    """
    if len(names()) < 2:
        yield
        return
    locks = [queue / f"gpu-{number}.lock" for number in range(len(names()))]
    with contextlib.ExitStack() as held:
        free = next((number for number, lock in enumerate(locks) if _is_taken(held, lock)), None)
        if free is None:  # somebody counts more of them than we do
            held.enter_context(system.file_lock(locks[0]))
        os.environ[VISIBLE] = names()[free or 0]
        yield


def _is_taken(held: contextlib.ExitStack, lock: Path) -> bool:
    """Take it, unless somebody has it."""
    try:
        held.enter_context(system.file_lock(lock, timeout=0))
    except TimeoutError:
        return False
    return True
