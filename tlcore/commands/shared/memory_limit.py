"""A command that works with a model, under a limit of address space (`ulimit -v`).

TensorFlow and what it calls end the process where the limit is reached, and nobody is left to say why. So
such a command runs in a child, and this process tells how it ended, on the terminal and in the job's status.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tlcore import memory
from tlcore.errors import MemoryShortage
from tlcore.runs.job import Job
from tlcore.shortage import NEEDS, WITH_MODEL, ended_error

CHILD = "GRAFT_UNDER_LIMIT"  # set in the environment of the child


def is_needed(command: str) -> bool:
    """Tell whether this process should leave the command to a child."""
    return NEEDS.get(command) in WITH_MODEL and memory.address_limit() is not None


def is_child() -> bool:
    """Tell whether this process is such a child."""
    return CHILD in os.environ


def run(args: argparse.Namespace, arguments: Sequence[str]) -> int:
    """Run the command in a child, with our input and output; returns its exit code.

    Raises:
        MemoryShortage: it was ended by what it could not take.
    """
    command = [sys.executable, "-m", "tlcore", *arguments]
    pid, code = memory.attend(command, {**os.environ, CHILD: str(os.getpid())})
    if code >= 0:
        return code
    problem = ended_error(args.command)
    _write_down(args, pid, problem)
    raise problem


def _write_down(args: argparse.Namespace, pid: int, problem: MemoryShortage) -> None:
    """Into the status of the child's job, where it had one."""
    for name in ("job", "out", "run"):
        folder = getattr(args, name, None)
        if folder and Job(Path(folder)).recorded().pid == pid:
            Job(Path(folder)).record_failure(str(problem))
