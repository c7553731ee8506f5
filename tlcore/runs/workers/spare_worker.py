"""The spare worker of a server: a child that has TensorFlow and a backbone loaded and waits for a command.

Loading both is most of what a person would wait for after a click. `backend.py` and `predictor.py` give the
next command to the spare worker where there is one, and start a process of its own where there is none: what
they get does the same in either case. The child's side is `commands/shared/spare.py`.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import sysconfig
import threading
import time
from pathlib import Path

import msgspec

from tlcore import memory, processes
from tlcore.records import JsonType

SPARE = "spare"  # the word it is started with
OF_ORDER = {"GRAFT_LOG", "GRAFT_HOME"}  # variables that each command brings with it
OFF = "GRAFT_SPARE"  # set to 0: there is none
LEAST_MEMORY = 3_000_000_000  # bytes that must be left while one stands by ...
OWN_MEMORY = 1_000_000_000  # ... and what it takes itself, at most
AGAIN_SECONDS = 60.0  # until another one is started for one that failed
IDLE_SECONDS = 600.0  # after which it ends by itself
PACKAGE = Path(__file__).resolve().parents[2]


class Order(msgspec.Struct, frozen=True):
    """A command that a spare worker is to become, or a backbone to load where `words` begin with "spare".

    Attributes:
        words: of the command, behind `python -m tlcore`.
        log: the file that its output is appended to; of a conversation, its complaints. None: nowhere.
        is_conversation: it keeps its standard input and output, for questions and answers.
        home: the workspace of the one who gives it; None: that with which the worker was started.
    """

    words: list[str]
    log: str | None
    is_conversation: bool = False
    home: str | None = None

    def line(self) -> bytes:
        """The order as one line."""
        return msgspec.json.encode(self) + b"\n"

    @staticmethod
    def read(line: bytes) -> Order:
        """The order in a line that `line` made."""
        return _ORDER.decode(line)


_ORDER = JsonType(Order)


class SpareWorker:
    """At most one child that stands by."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[str] | None = None
        self._origin: tuple[object, ...] = ()
        self._words: list[str] = []  # it was told last
        self._rest_until = 0.0

    def start(self, environment: dict[str, str], backbone: str, input_size: int | None) -> None:
        """Let one stand by for this backbone; nothing happens where one does, or memory is short."""
        with self._lock:
            words = [SPARE, backbone, str(input_size or "")]
            is_right = self._stands_by() and self._origin == _origin(environment)
            if is_right and self._words == words:
                return
            if is_right and self._child and _tell(self._child, Order(words, None)):
                self._words = words
                return
            has_failed = self._child is not None and self._child.poll() not in (None, 0)
            self._end()
            now = time.monotonic()
            self._rest_until = now + AGAIN_SECONDS if has_failed else self._rest_until
            if now < self._rest_until or not _is_affordable():
                return
            command = [sys.executable, "-m", "tlcore", *words]
            with contextlib.suppress(OSError):  # no room for another process: jobs start the old way
                self._child = processes.converse(command, Path(os.devnull), environment, outlives=True)
                self._origin, self._words = _origin(environment), words

    def claim(self, order: Order, environment: dict[str, str]) -> subprocess.Popen[str] | None:
        """The child, which becomes the order's command from here on.

        None where there is none, or one that was started with other code or in another environment.
        """
        with self._lock:
            child = self._child
            if child is None or not self._stands_by():
                return None
            if self._origin != _origin(environment):
                self._end()
                return None
            self._child = None
        order = msgspec.structs.replace(order, home=environment.get("GRAFT_HOME"))
        return child if _tell(child, order) else None

    def end(self) -> None:
        """End the one that stands by."""
        with self._lock:
            self._end()

    @property
    def pid(self) -> int | None:
        """Process id of the one that stands by."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    def _stands_by(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            processes.hang_up(child)
            child.wait()


def _tell(child: subprocess.Popen[str], order: Order) -> bool:
    """Give the child an order. False: it has just ended."""
    assert child.stdin is not None
    try:
        child.stdin.write(order.line().decode())
        child.stdin.flush()
    except OSError:
        child.kill()
        return False
    return True


def _is_affordable() -> bool:
    """Tell whether there is room for one. Under a limit of address space commands have their own children."""
    is_wanted = os.environ.get(OFF) != "0" and memory.address_limit() is None
    return is_wanted and memory.available_bytes(swap=False) > LEAST_MEMORY + OWN_MEMORY


def _origin(environment: dict[str, str]) -> tuple[object, ...]:
    """All that decides what a process started now would be: code, environment, working folder."""
    own = {name: value for name, value in environment.items() if name not in OF_ORDER}
    with contextlib.suppress(OSError):
        files = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.json"), Path(sysconfig.get_paths()["purelib"])]
        code = sorted((str(path), path.stat().st_mtime_ns) for path in files)
        return tuple(code), tuple(sorted(own.items())), os.getcwd()
    return (object(),)  # of a package that is being replaced: like no other
