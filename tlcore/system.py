"""The operating system, behind one door: processes, locks, signals and renames on Linux, macOS and Windows.

Nothing else in the project may call what exists on one system only. Type-checked for all three.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import psutil

T = TypeVar("T")
KEEPS_OPEN_FILES = sys.platform == "win32"  # nobody can replace or delete a file there while it is mapped
# File systems of other machines; those in user space may be any.
REMOTE = ("nfs", "cifs", "smb", "fuse.", "ceph", "lustre", "beegfs", "gpfs", "glusterfs", "9p", "afs")
_SOON = 0.05  # seconds
_heard: list[int] = []  # signals that asked us to end
_fence: Callable[[], None] | None = None
_PROCESS = os.urandom(4).hex()  # two machines that share a folder may give out the same process ids


def fence_writes(check: Callable[[], None] | None) -> None:
    """Call `check` before each file gets its name, until None takes its place: it does not return where this
    process may write no longer.
    """
    global _fence
    _fence = check


def pass_fence() -> None:
    """Ask, before a file is changed in another way."""
    if _fence:
        _fence()


def part_name(name: str) -> str:
    """The name under which this process, and no other on any machine, writes a file before it is whole."""
    return f".{name}.{os.getpid()}-{_PROCESS}.part"


def is_remote(path: Path) -> bool:
    """Tell whether a file lies on storage that other machines write, too."""
    return _is_remote(path.parent.resolve())


@functools.lru_cache(maxsize=256)
def _is_remote(folder: Path) -> bool:
    mounts = {Path(one.mountpoint): one.fstype.lower() for one in psutil.disk_partitions(all=True)}
    kind = next((mounts[place] for place in (folder, *folder.parents) if place in mounts), "")
    return kind.startswith(REMOTE)


@contextlib.contextmanager
def file_lock(path: Path, timeout: float = -1) -> Iterator[None]:
    """Hold the lock file `path` (freed by the system when the process dies).

    Raises:
        TimeoutError: somebody else held it for `timeout` seconds; -1 waits without end.
    """
    import filelock  # 18 ms, in vain for a child that decodes pictures

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(path, timeout=timeout)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise TimeoutError(f"{path} is in use") from error
    try:
        yield
    finally:
        lock.release()


def replace(source: Path, target: Path) -> None:
    """Rename `source` over `target`; retried, since Windows refuses while somebody reads the target."""
    pass_fence()
    _patiently(lambda: os.replace(source, target))


def read_bytes(path: Path) -> bytes:
    """The content of a file that others replace; retried, since Windows refuses in the middle of a rename."""
    return _patiently(path.read_bytes)


def _patiently(action: Callable[[], T], attempts: int = 40) -> T:
    while True:
        try:
            return action()
        except PermissionError:
            attempts -= 1
            if sys.platform != "win32" or not attempts:
                raise
            time.sleep(0.05)


def write_atomic(path: Path, content: bytes, private: bool = False) -> None:
    """Write a file as `atomic_file` does.

    Args:
        private: nobody else on this machine may read it.
    """
    with atomic_file(path, private) as file:
        file.write(content)


@contextlib.contextmanager
def atomic_file(path: Path, private: bool = False) -> Iterator[BinaryIO]:
    """A file to write, so that a reader, or a power cut, sees the old content or the new, never a part.

    It gets its name where the block ends well.
    """
    part = path.with_name(part_name(path.name))
    try:
        with open(part, "wb", opener=_open_private if private else None) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def overwrite(path: Path, content: bytes) -> None:
    """Write over the beginning of a file that is there: that takes no room on the disk. One write, so that a
    reader sees the old or the new; for a last word only, where `write_atomic` finds the disk full.
    """
    pass_fence()
    with path.open("r+b", buffering=0) as file:
        file.write(content)


def sweep_parts(folder: Path) -> None:
    """Remove what killed writers left of `write_atomic`. Only for a folder that nobody else writes now."""
    for part in folder.glob(".*.part*"):
        part.unlink(missing_ok=True)


def free_bytes(folder: Path) -> int:
    """Free disk space where `folder` lies, in bytes."""
    return shutil.disk_usage(folder).free


def unwritten_bytes(path: Path) -> int:
    """Of the length of a file, in bytes, what takes no disk space yet; 0 when it does not exist.

    Windows takes the space of a file with its length.
    """
    if sys.platform == "win32":
        return 0
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0
    return max(0, found.st_size - 512 * found.st_blocks)


def folder_bytes(folder: Path) -> int:
    """Size of all files below `folder`, in bytes, one with several names once; 0 when it does not exist."""
    total, linked = 0, {}
    for root, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                found = os.lstat(os.path.join(root, name))
                if found.st_nlink > 1:
                    linked[found.st_dev, found.st_ino] = found.st_size
                else:
                    total += found.st_size
    return total + sum(linked.values())


def link_or_copy(source: Path, target: Path) -> None:
    """Give a file that is never written in place another name; where the disk cannot, copy it.

    Raises:
        OSError: the source is gone, the target is there, or the disk is full.
    """
    try:
        os.link(source, target)
    except (FileNotFoundError, FileExistsError):
        raise
    except OSError:  # another disk, one without links, or a file with all the names that it may have
        shutil.copy2(source, target)


def is_text(name: str) -> bool:
    """Tell whether a file name is text: on Linux it may hold bytes that no JSON file can hold."""
    return not any("\udc80" <= character <= "\udcff" for character in name)


def age(path: Path) -> float:
    """Seconds since `path` last changed, infinite when it has just gone: a key that puts the newest first."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return float("inf")


def total_memory() -> int:
    """Of this computer, in bytes."""
    return int(psutil.virtual_memory().total)


def local_sockets() -> str:
    """The family of sockets that only this machine reaches, as `multiprocessing.connection` calls it."""
    return "AF_PIPE" if sys.platform == "win32" else "AF_UNIX"


def cpu_count() -> int:
    """Processors that this process may use."""
    affinity = getattr(psutil.Process(), "cpu_affinity", None)  # macOS has no such call
    return len(affinity()) if affinity else (os.cpu_count() or 1)


@contextlib.contextmanager
def stderr_to(path: Path | str = os.devnull) -> Iterator[None]:
    """Send what native libraries print past Python, such as TensorFlow's hints on import, to a file."""
    kept = os.dup(2)
    try:
        with open(path, "ab") as file:
            os.dup2(file.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def silence_libraries() -> None:
    """From here on Python alone writes to standard error: what decoders and TensorFlow print past it is
    dropped, in this process and in its children.
    """
    with contextlib.suppress(OSError):  # there is none
        sys.stderr = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="replace", buffering=1)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)


def on_interrupt(action: Callable[[], None] | None = None) -> None:
    """On Ctrl-C, or a polite request to end, call `action` instead of dying; the second one ends us.

    None raises KeyboardInterrupt for both, so that nothing is left half done, and forgets earlier ones.
    """

    def handle(number: int, _: object) -> None:
        _heard.append(number)
        if action is None:
            raise KeyboardInterrupt
        signal.signal(number, signal.SIG_DFL)
        action()

    if action is None:
        _heard.clear()
        if not isinstance(sys.unraisablehook, functools.partial):
            sys.unraisablehook = functools.partial(_hear_again, sys.unraisablehook)
    if threading.current_thread() is threading.main_thread():  # which alone hears signals
        for name in ("SIGINT", "SIGTERM", "SIGBREAK"):  # the last exists on Windows only
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), handle)


def _hear_again(otherwise: Callable[[Any], object], unraised: sys.UnraisableHookArgs) -> None:
    """Python swallows what is raised while it throws an object away: an interrupt is raised again, later."""
    if isinstance(unraised.exc_value, KeyboardInterrupt) and _heard:
        threading.Timer(_SOON, _interrupt, [_heard[-1]]).start()
    else:
        otherwise(unraised)


def _interrupt(number: int) -> None:
    """Send the main thread, which may sleep, a signal."""
    if sys.platform == "win32":
        signal.raise_signal(number)
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, number)


def interrupt_code() -> int:
    """Exit code of a process that a signal has asked to end: 128 and its number; 0: none has."""
    return 128 + _heard[0] if _heard else 0
