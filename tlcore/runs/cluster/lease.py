"""The lease of a run that works on another machine: whose it is, and that it is still renewed.

`lease.json` lies in the run's folder, on storage that all machines share. Its worker renews it every few
seconds by touching it; the storage's own clock dates that, so no two machines' clocks are compared. A worker
looks at it before each of its files gets its name (`fence_writes`): one that was cut off, and comes back
after another has taken over, ends there.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from tlcore import system
from tlcore.errors import RunError
from tlcore.records import JsonType, MalformedJson

FILE = "lease.json"
TOKEN, NODE = "GRAFT_LEASE", "GRAFT_NODE"  # in the environment of a worker: the lease's token, its machine
RENEW_EVERY = 3.0  # seconds
EXPIRES = 15.0  # seconds without a renewal
MEASURE_EVERY = 60.0  # seconds between two looks at the storage's clock
FENCED = 75  # exit code of a worker whose lease somebody else has: EX_TEMPFAIL
_offsets: dict[int, tuple[float, float]] = {}  # of a disk: its clock less ours, and when that was measured


class Lease(msgspec.Struct, frozen=True):
    """Whose a run is.

    Attributes:
        token: of one submission to the cluster.
        cluster: its address.
        holder: of the attempt that may write; "" while it waits for a machine.
        node: the cluster's id of that attempt's machine.
        is_over: it was taken away by force.
    """

    token: str
    cluster: str
    holder: str = ""
    node: str = ""
    is_over: bool = False


_LEASE = JsonType(Lease)


def read(folder: Path) -> Lease | None:
    """The lease of the run in `folder`; None where it has none, and never left this machine."""
    return _LEASE.read_or(folder / FILE, None)


def issue(folder: Path, cluster: str) -> Lease:
    """A new lease for that cluster; whoever had an earlier one writes nothing any more."""
    lease = Lease(secrets.token_hex(8), cluster)
    _write(folder, lease)
    return lease


def end(folder: Path) -> None:
    """Take the lease away from whoever has it."""
    if lease := read(folder):
        _write(folder, msgspec.structs.replace(lease, holder="", is_over=True))


def drop(folder: Path) -> None:
    """Bring the run back to this machine."""
    (folder / FILE).unlink(missing_ok=True)


def vacate(folder: Path, token: str) -> bool:
    """Let it wait for another machine. False: it is not ours any more."""
    lease = read(folder)
    if not _is_ours(lease, token):
        return False
    assert lease is not None
    _write(folder, msgspec.structs.replace(lease, holder="", node=""))
    return True


def _write(folder: Path, lease: Lease) -> None:
    system.write_atomic(folder / FILE, msgspec.json.encode(lease) + b"\n")


def _is_ours(lease: Lease | None, token: str) -> bool:
    return lease is not None and lease.token == token and not lease.is_over


def age(folder: Path, name: str = FILE) -> float:
    """Seconds since the lease, or another file, was renewed, by the storage's clock; infinite where it is not
    there.
    """
    try:
        with (folder / name).open("rb") as file:  # opening asks a network's storage anew
            return _storage_time(folder) - os.fstat(file.fileno()).st_mtime
    except OSError:
        return float("inf")


def _storage_time(folder: Path) -> float:
    """The time by which the storage of `folder` dates files, in seconds."""
    disk, now = folder.stat().st_dev, time.time()
    offset, measured = _offsets.get(disk, (0.0, 0.0))
    if not measured <= now < measured + MEASURE_EVERY:
        with contextlib.suppress(OSError), tempfile.TemporaryFile(dir=folder) as probe:
            offset = os.fstat(probe.fileno()).st_mtime - now
        _offsets[disk] = offset, now
    return now + offset


def is_alive(folder: Path) -> bool:
    """Tell whether somebody holds the lease and has renewed it lately."""
    lease = read(folder)
    return lease is not None and not lease.is_over and age(folder) <= EXPIRES


def own_token() -> str:
    """The token of the lease under which this process works; "": under none."""
    return os.environ.get(TOKEN, "")


@contextlib.contextmanager
def held(folder: Path, token: str) -> Iterator[None]:
    """Work under the lease: take it, renew it, and end this process at its first file that somebody else
    might write by now.

    Raises:
        RunError: it is not ours.
    """
    lease = read(folder)
    if lease is None or not _is_ours(lease, token):
        raise RunError("This run went on elsewhere.", received=folder.name)
    mine = msgspec.structs.replace(lease, holder=secrets.token_hex(8), node=os.environ.get(NODE, ""))
    _write(folder, mine)
    parent = os.getppid()

    def is_mine() -> bool:
        return read(folder) == mine

    def check() -> None:
        if not is_mine():
            os._exit(FENCED)

    def is_wanted() -> bool:
        if os.getppid() != parent:  # what started us was ended, and with it our place on this machine
            os._exit(FENCED)
        return is_mine()

    system.fence_writes(check)
    try:
        with renewed(folder / FILE, is_wanted):
            yield
    finally:
        system.fence_writes(None)


@contextlib.contextmanager
def waiting(folder: Path, token: str) -> Iterator[None]:
    """Renew it on behalf of a run that waits for a machine."""

    def is_wanted() -> bool:
        lease = read(folder)
        return _is_ours(lease, token) and lease is not None and not lease.holder

    with renewed(folder / FILE, is_wanted):
        yield


@contextlib.contextmanager
def renewed(file: Path, is_wanted: Callable[[], bool] = lambda: True) -> Iterator[None]:
    """Renew a lease, or another file, in a thread while it is wanted, as long as the block lasts."""
    is_done = threading.Event()

    def renew() -> None:
        while not is_done.wait(RENEW_EVERY):
            with contextlib.suppress(OSError, MalformedJson):  # the storage may be away for a moment
                if is_wanted():
                    os.utime(file)

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_done.set()
        thread.join()
