"""Memory of the computer, the container and the limit of a shell, and processes bound by it.

The smaller part of the door to the operating system; the other is `system.py`. Type-checked for all three.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

# What libraries say of it, where their errors are of no kind that tells.
SAID = (
    *("failed to map segment", "annot allocate memory", "bad_alloc", "can't start new thread"),
    "could not create a primitive",
)
KINDS = {"ResourceExhaustedError", "MemoryError"}  # the first is TensorFlow's


def ran_out(error: BaseException) -> bool:
    """Tell whether an error says that there was not enough memory."""
    if KINDS.intersection(kind.__name__ for kind in type(error).__mro__):
        return True
    is_numbered = isinstance(error, OSError) and error.errno == errno.ENOMEM
    return is_numbered or any(mark in str(error) for mark in SAID)


def available_bytes(swap: bool = True) -> int:
    """Bytes that this process could still take: of the computer, or of its container.

    Args:
        swap: count what could be swapped out, too.
    """
    whole = psutil.virtual_memory().available + (psutil.swap_memory().free if swap else 0)
    return min([whole, *map(_group_left, _groups())])


def _groups() -> list[tuple[Path, str, str]]:
    """Linux: the control groups that bound this process: the folder of each, its files of limit and use."""
    names = {
        "": ("memory.max", "memory.current"),
        "memory": ("memory.limit_in_bytes", "memory.usage_in_bytes"),
    }
    found = []
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, kind, inside = line.split(":", 2)
            if kind in names:
                root = Path("/sys/fs/cgroup", kind)
                group = root / inside.strip("/")
                above = [parent for parent in group.parents if parent.is_relative_to(root)]
                found += [(folder, *names[kind]) for folder in (group, *above)]
    return found


def _group_left(group: tuple[Path, str, str]) -> int:
    """Bytes that a control group leaves, file cache counted as free; very many where it sets no limit."""
    folder, most, used = group
    try:
        limit = int((folder / most).read_text())  # "max" is no number
        stat = dict(line.split(" ", 1) for line in (folder / "memory.stat").read_text().splitlines())
        cache = int(stat.get("total_inactive_file", stat.get("inactive_file", "0")))
        return max(0, limit - int((folder / used).read_text()) + cache)
    except (OSError, ValueError):
        return sys.maxsize


def share_heaps() -> None:
    """Let all threads of this process take memory from two heaps (glibc; elsewhere nothing happens).

    Else each thread that asks while another does gets a heap of its own, and what one thread leaves free
    another cannot use.
    """
    _c_library("mallopt", -8, 2)  # M_ARENA_MAX


def give_back_memory() -> None:
    """Return what this process has freed to the system (glibc; elsewhere the C library does it by itself).

    Arrow keeps what it has freed, too, until it is asked.
    """
    if arrow := sys.modules.get("pyarrow"):
        arrow.default_memory_pool().release_unused()
    _c_library("malloc_trim", 0)


def _c_library(name: str, *arguments: int) -> None:
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(AttributeError):  # another C library
            getattr(ctypes.CDLL(None), name)(*arguments)


def address_limit() -> int | None:
    """Bytes of address space that this process may have; None: as many as there are."""
    if sys.platform == "win32":
        return None
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if limit == resource.RLIM_INFINITY else limit


def bound(pid: int, memory: int) -> None:
    """Bind the process `pid` to so many bytes of address space, on Linux; elsewhere nothing happens."""
    if sys.platform == "linux":
        with contextlib.suppress(psutil.Error, ValueError, OSError):  # it is gone, or has a lower limit
            psutil.Process(pid).rlimit(psutil.RLIMIT_AS, (memory, memory))


def attend(command: list[str], env: dict[str, str]) -> tuple[int, int]:
    """Run a process with our input and output, and pass on what asks us to end.

    Returns:
        its process id, and how it ended: its exit code, or minus the signal that a crash ended it with. One
        that was asked to end has 128 and the signal as its code, as in a shell.
    """
    asked = [signal.SIGINT, signal.SIGTERM]
    child = subprocess.Popen(command, env=env, stderr=sys.stderr)  # where ours goes by now
    for number in asked:
        signal.signal(number, lambda number, _: child.send_signal(number))
    code = child.wait()
    return child.pid, 128 - code if -code in asked else code


def confine(memory: int, parent: int) -> None:
    """Bind this process to its parent, a process id, and to so many bytes of address space.

    Ctrl-C is left to the parent. Linux ends us with the parent at once; elsewhere our input closes. Where the
    system knows no limit of memory (Windows), or refuses it (macOS), there is none.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "win32":
        return
    import resource

    for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:  # it was quicker
            os._exit(1)
