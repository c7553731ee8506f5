"""Processes: started, talked with, watched and ended, on Linux, macOS and Windows.

A part of the door to the operating system; the others are `system.py` and `memory.py`. Type-checked for all
three.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

MOST_FILES = 4096  # that one process may want open
WINDOWS_FILES = 512
LOW = 15  # of the priorities of POSIX: 0 is usual, 19 the lowest
_children: list[subprocess.Popen[Any]] = []  # kept so that ended children are reaped, see `spawn`


def spawn(command: list[str], log: Path, env: dict[str, str] | None = None) -> psutil.Process:
    """Start a process that outlives this one: no terminal, no pipe, output appended to `log`."""
    reap()
    with log.open("ab") as out:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=env,
            **_own_session(),  # type: ignore[call-overload]
        )
    process = psutil.Process(child.pid)  # before anybody can reap it
    _children.append(child)
    return process


def _own_session() -> dict[str, object]:
    """Options of a process that outlives us and hears none of our signals."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def reap() -> None:
    """Collect ended children: an unpolled one still looks alive to everybody else."""
    _children[:] = [child for child in _children if child.poll() is None]


def lower_priority() -> None:
    """Let everything else on this computer go first, in each thread of this process and in its later ones."""
    with contextlib.suppress(OSError, psutil.Error):  # where it may not, it does not
        if sys.platform == "win32":
            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        elif sys.platform == "linux":  # where each thread has a priority of its own
            for thread in os.listdir("/proc/self/task"):
                os.setpriority(os.PRIO_PROCESS, int(thread), LOW)
        else:
            os.setpriority(os.PRIO_PROCESS, 0, LOW)


def most_open_files() -> int:
    """The number of files that this process may have open, once it has asked for as many as it is granted."""
    if sys.platform == "win32":
        return WINDOWS_FILES
    import resource

    granted, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if most == resource.RLIM_INFINITY else min(MOST_FILES, most)
    if granted == resource.RLIM_INFINITY or granted >= wanted:
        return wanted
    with contextlib.suppress(ValueError, OSError):  # macOS has a lower limit of its own
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def identity(pid: int | None = None) -> tuple[int, float]:
    """Process id and start time (seconds since the epoch): together they name one process for ever."""
    process = psutil.Process(pid)
    return process.pid, process.create_time()


def is_alive(pid: int, started: float) -> bool:
    """Tell whether the very process that had this id and start time still runs (a zombie does not)."""
    reap()
    try:
        process = psutil.Process(pid)
        return abs(process.create_time() - started) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def kill_tree(pid: int, started: float) -> None:
    """End that process and its children at once. Nothing happens when it is gone already."""
    if not is_alive(pid, started):
        return
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for victim in [*process.children(recursive=True), process]:
            with contextlib.suppress(psutil.Error):
                victim.kill()
        process.wait(timeout=5)
    reap()


def converse(
    command: list[str], log: Path | None, env: dict[str, str] | None = None, outlives: bool = False
) -> subprocess.Popen[str]:
    """Start a process to talk with, line by line; it ends when its input closes, at the latest with us.

    Its complaints go to the end of `log`; None: where ours go.

    Args:
        outlives: it may become one that goes on without us, as one of `spawn` does.
    """
    options: dict[str, object] = _own_session() if outlives else {}
    if sys.platform == "win32" and not outlives:
        options = {"creationflags": subprocess.CREATE_NO_WINDOW}
    with contextlib.nullcontext() if log is None else log.open("ab") as errors:
        return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=env,
            text=True,
            encoding="utf-8",
            bufsize=1,
            **options,
        )


def hang_up(child: subprocess.Popen[str]) -> None:
    """Close our ends of a conversation."""
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def let_go(child: subprocess.Popen[str]) -> psutil.Process:
    """Make of a process that we talked with one like those of `spawn`."""
    process = psutil.Process(child.pid)  # before anybody can reap it
    hang_up(child)
    _children.append(child)
    return process
