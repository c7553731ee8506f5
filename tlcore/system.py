"""The operating system, behind one door: processes, locks, signals and renames on Linux, macOS and Windows.

Nothing else in the project may call what exists on one system only. Type-checked for all three.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import filelock
import psutil

_children: list[subprocess.Popen[bytes]] = []  # kept so that ended children are reaped, see `spawn`


def spawn(command: list[str], log: Path, env: dict[str, str] | None = None) -> psutil.Process:
    """Start a process that outlives this one: no terminal, no pipe, output appended to `log`."""
    options: dict[str, object] = {"start_new_session": True}
    if sys.platform == "win32":
        options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    reap()
    with log.open("ab") as out:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=env,
            **options,  # type: ignore[call-overload]
        )
    _children.append(child)
    return psutil.Process(child.pid)


def reap() -> None:
    """Collect ended children: an unpolled one still looks alive to everybody else."""
    _children[:] = [child for child in _children if child.poll() is None]


def identity(pid: int | None = None) -> tuple[int, float]:
    """Process id and start time (seconds since the epoch): together they name one process for ever."""
    process = psutil.Process(pid)
    return process.pid, process.create_time()


def is_alive(pid: int, started: float) -> bool:
    """Whether the very process that had this id and start time still runs (a zombie does not)."""
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


@contextlib.contextmanager
def locked(path: Path, timeout: float = -1) -> Iterator[None]:
    """Hold the lock file `path` (freed by the system when the process dies).

    Raises:
        TimeoutError: somebody else held it for `timeout` seconds; -1 waits without end.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(path, timeout=timeout):
            yield
    except filelock.Timeout as error:
        raise TimeoutError(f"{path} is in use") from error


def replace(source: Path, target: Path, attempts: int = 40) -> None:
    """Rename `source` over `target`; retried, since Windows refuses while somebody reads the target."""
    for attempt in range(attempts):
        try:
            os.replace(source, target)
            return
        except PermissionError:
            if attempt == attempts - 1:
                raise
            time.sleep(0.05)


def write_atomic(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a power cut, sees the old content or the new, never a part."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    replace(part, path)


def free_bytes(folder: Path) -> int:
    """Free disk space where `folder` lies, in bytes."""
    return shutil.disk_usage(folder).free


def folder_bytes(folder: Path) -> int:
    """Size of all files below `folder`, in bytes; 0 when it does not exist."""
    total = 0
    for root, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(root, name)).st_size
    return total


def cpu_count() -> int:
    """Processors that this process may use."""
    affinity = getattr(psutil.Process(), "cpu_affinity", None)  # macOS has no such call
    return len(affinity()) if affinity else (os.cpu_count() or 1)


def on_interrupt(action: Callable[[], None]) -> None:
    """Call `action` instead of dying when Ctrl-C or a polite request to end arrives."""
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):  # the last exists on Windows only
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, lambda *_: action())
