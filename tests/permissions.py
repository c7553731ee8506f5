"""For tests of what nobody may write: permission bits that hold for root as well.

Root ignores them by a capability. A thread can lay that down and take it up again; a process started without
it in its bounding set never has it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

OVERRIDE = 0b110  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH
WITHOUT = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]  # before a command


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inherited", ctypes.c_uint32),
    )


@contextlib.contextmanager
def obeyed() -> Iterator[None]:
    """Permission bits hold in this thread, and in those that it starts."""
    if os.geteuid():
        yield
        return
    libc, header, data = ctypes.CDLL(None), _Header(0x20080522, 0), (_Data * 2)()
    assert libc.capget(ctypes.byref(header), data) == 0
    before = data[0].effective
    data[0].effective = before & ~OVERRIDE
    assert libc.capset(ctypes.byref(header), data) == 0
    try:
        yield
    finally:
        data[0].effective = before
        assert libc.capset(ctypes.byref(header), data) == 0


def forbid_writing(home: Path) -> None:
    """Take the right to write from everything below `home`."""
    for path in (*home.rglob("*"), home):
        path.chmod(0o555 if path.is_dir() else 0o444)


def allow_writing(home: Path) -> None:
    for path in (home, *home.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
