"""A warm child process that answers question after question, shared by all who ask.

It is a command of ours that ends in `-`: lines in on its standard input, one line of JSON out for each. When
it dies it is started again and the person only waits; what it loads never enters the asking process.
"""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from tlcore import processes
from tlcore.errors import RunError
from tlcore.runs.workers.backend import BACKEND, Backend
from tlcore.runs.workers.local_backend import tail

MOST_LOG = 1_000_000  # bytes of log that a new child still appends to
WAIT = 120.0  # seconds for one answer, the start of TensorFlow included


class ChildDied(Exception):
    """The child is gone."""


class ConversationClosed(Exception):
    """This conversation was put away; whoever asks needs a new one."""


class Conversation:
    """One child; those who ask take turns.

    Args:
        arguments: of the command, behind `python -m tlcore`.
        log: where its complaints go.
        subject: what answers, for messages: "The model".

    Attributes:
        losses: how many children ended although nobody wished it.
    """

    def __init__(self, arguments: list[str], log: Path, subject: str, backend: Backend = BACKEND) -> None:
        self.arguments = arguments
        self.log = log
        self.losses = 0
        self._subject = subject
        self._backend = backend
        self._turn = threading.Lock()
        self._child: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str] = queue.Queue()
        self._closed = False
        if log.exists() and log.stat().st_size > MOST_LOG:
            log.unlink()

    def start(self) -> None:
        """Begin loading without waiting for it; nothing happens while somebody asks, when it has begun."""
        if self._turn.acquire(blocking=False):
            try:
                self._running()
            finally:
                self._turn.release()

    def ask(self, line: str) -> dict[str, Any]:
        """The answer to one line.

        Raises:
            ConversationClosed: `close` was called meanwhile.
            RunError: the child died twice over it, or took too long.
        """
        with self._turn:
            try:
                return self._ask(line)
            except ChildDied:
                try:
                    return self._ask(line)  # a fresh child; the first may have died for any reason
                except ChildDied as error:
                    raise RunError(
                        f"{self._subject} cannot answer.", received=tail(self.log), remedy="Try another one."
                    ) from error

    def close(self) -> None:
        """End the child for good; an answer that is still awaited is given first."""
        with self._turn:
            self._closed = True
            self._end()

    def _ask(self, line: str) -> dict[str, Any]:
        child = self._running()
        assert child.stdin is not None
        try:
            child.stdin.write(f"{line}\n")
            child.stdin.flush()
        except OSError as error:
            self._bury()
            raise ChildDied from error
        return self._next_answer(child)

    def _next_answer(self, child: subprocess.Popen[str]) -> dict[str, Any]:
        deadline = time.monotonic() + WAIT
        while time.monotonic() < deadline:
            try:
                line = self._lines.get(timeout=0.2)
            except queue.Empty:
                if child.poll() is not None and self._lines.empty():
                    self._bury()
                    raise ChildDied from None
                continue
            answer = _parsed(line)
            if answer and "ready" not in answer:
                return answer
        self._end()
        raise RunError(
            f"{self._subject} took too long to answer.", remedy="Try again; other work may be going on."
        )

    def _running(self) -> subprocess.Popen[str]:
        if self._closed:
            raise ConversationClosed
        if self._child is None or self._child.poll() is not None:
            self._bury()
            self._lines = queue.Queue()
            self._child = self._backend.converse(self.arguments, self.log)
            threading.Thread(target=_collect, args=(self._child, self._lines), daemon=True).start()
        return self._child

    def _bury(self) -> None:
        """Put away a child that has ended by itself: one with nothing to do leaves with 0."""
        child = self._child
        self._end()
        self.losses += child is not None and child.returncode != 0

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            processes.hang_up(child)


Kind = TypeVar("Kind", bound=Conversation)


class Conversations(Generic[Kind]):
    """The conversations of this server, the most recently used last; the others are closed.

    Args:
        most: how many stay open.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.by_key: dict[str, Kind] = {}
        self._lock = threading.Lock()

    def of(self, key: str, begin: Callable[[], Kind]) -> Kind:
        """That of `key`, begun where there is none."""
        with self._lock:
            found = self.by_key.pop(key, None) or begin()
            self.by_key[key] = found
            closing = [self.by_key.pop(oldest) for oldest in list(self.by_key)[: -self.most]]
        for other in closing:  # outside the lock: one that is answering ends after its answer
            other.close()
        return found


def _parsed(line: str) -> dict[str, Any]:
    """A line of JSON; nothing for a stray line that some library printed."""
    try:
        answer = json.loads(line)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _collect(child: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
    """Move the child's lines where they can be waited for with a limit, on every system."""
    assert child.stdout is not None
    try:
        for line in child.stdout:
            lines.put(line)
    except ValueError:
        return  # closed while reading: the child was ended on purpose
