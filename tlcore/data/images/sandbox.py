"""Decoding of untrusted pictures in child processes with limits of memory and time.

`importing/images.py` hands over files; a decoder that crashes, hangs or takes all
memory costs that one picture. The child's side is `sandbox_worker.py`. The two exchange lines of
JSON; what a child says is read as data of one shape, never unpickled.

Not pebble's pool: its children share one pipe, so that one which dies early leaves its file to the time limit
or breaks the pool; they import the parent's main module again and can be given no environment of their own.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from tlcore import memory as bounds
from tlcore import processes, system
from tlcore.data.images.sandbox_worker import DECODED_IMAGE, SHORT, DecodedImage, examine
from tlcore.errors import DataError

MEMORY = 4_000_000_000  # bytes of address space that one child may have
SECONDS = 60.0  # for one picture
MOST = 4  # children; more would only wait for the disk
KILLED = -9  # what a process ends with that Linux takes away when memory runs out
FEW = 50  # pictures for which a second child is not worth its start
CRASHED = "The decoder crashed: the file is damaged or malicious."
SLOW = "Decoding took too long: the file is damaged or malicious."
_STARTING = 120.0  # seconds that a child has to import what it needs, on a busy computer
_LONGEST = 10_000  # characters of an answer
_ENV = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}
_CHILD = "from tlcore.data.images.sandbox_worker import main; main()"

ImageFunction = Callable[..., DecodedImage]  # of a file, where to write its thumbnail, and options


def children_for(files: int) -> int:
    """Number of children worth starting for so many pictures, if each takes all the memory that it may."""
    room = min(MOST, system.cpu_count(), system.total_memory() // MEMORY)
    return max(1, min(room, -(-files // FEW)))


class SandboxClosed(Exception):
    """The children were ended on purpose."""


class Sandbox:
    """Children that do `work` on files. `run` may be called from several threads; each has a child meanwhile.

    A child is started when none is idle. A context manager that ends them all, at once. The threads stay
    until then: Linux ends a child with the thread that started it.

    Args:
        work: a function of a module, called in the children, as `examine`.
        seconds, memory: what one picture may take; memory in bytes, where the system can limit it.
        options: words that `work` is given besides.
    """

    def __init__(
        self,
        work: ImageFunction = examine,
        seconds: float = SECONDS,
        memory: int = MEMORY,
        options: Sequence[str] = (),
    ) -> None:
        self._make = lambda: _Child(work, seconds, memory, options)
        self._idle: list[_Child] = []
        self._children: set[_Child] = set()
        self._lock = threading.Lock()
        self._closed = False

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, file: Path, thumbnail: Path | None, fresh: bool = False) -> DecodedImage:
        """Run `work` on the picture in `file`; one that a child fails on is refused.

        Args:
            thumbnail: where its thumbnail shall be written; None: nowhere.
            fresh: by a child that has decoded no other picture.

        Raises:
            DataError: no child could be started.
            SandboxClosed: `close` was called.
        """
        child = self._take(fresh)
        try:
            image = child.ask(file, thumbnail)
        except (queue.Empty, _NoAnswer) as silence:
            self._drop(child)
            if not child.is_ready:  # it ended, or was still not there after all the time that it had
                raise DataError(
                    "The process that decodes pictures could not be started.",
                    remedy="Close other programs if memory is short; the log may say more.",
                ) from silence
            if isinstance(silence, queue.Empty):
                return DecodedImage(refusal=SLOW)
            # One that has decoded others may have been broken by them: this picture has a second chance.
            if child.answered:
                return self.run(file, thumbnail, fresh=True)
            return DecodedImage(refusal=SHORT if child.lacked_memory() else CRASHED)
        with self._lock:
            self._idle.append(child)
        return image

    def close(self) -> None:
        """End all children now; a thread that waits for one gets `SandboxClosed`."""
        with self._lock:
            self._closed = True
            for child in self._children:
                child.end()
            self._children.clear()

    def _take(self, fresh: bool) -> _Child:
        with self._lock:
            if self._closed:
                raise SandboxClosed
            if self._idle and not fresh:
                return self._idle.pop()
            child = self._make()
            self._children.add(child)
            return child

    def _drop(self, child: _Child) -> None:
        child.end()
        with self._lock:
            self._children.discard(child)
            if self._closed:
                raise SandboxClosed


class _NoAnswer(Exception):
    """The child ended without an answer, or gave one that is none."""


class _Child:
    """One child process, started without waiting for it. Used by one thread at a time."""

    def __init__(self, work: ImageFunction, seconds: float, memory: int, options: Sequence[str]) -> None:
        name = f"{work.__module__}:{work.__qualname__}"
        limits = [str(seconds), str(memory), str(os.getpid())]
        ours = map(os.path.abspath, sys.path)  # "" is the current folder
        environment = {**os.environ, **_ENV, "PYTHONPATH": os.pathsep.join(ours)}
        self.seconds = seconds
        self.memory = memory
        self.is_ready = False
        self.left: int | None = None  # how it ended by itself
        self.answered = 0
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._process = processes.converse(
            [sys.executable, "-P", "-c", _CHILD, name, *limits, *options], None, environment
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def ask(self, file: Path, thumbnail: Path | None) -> DecodedImage:
        """The child's result for one picture.

        Raises:
            queue.Empty: nothing, within the time limit.
            _NoAnswer: it ended.
        """
        if not self.is_ready:
            self._heard(_STARTING)
            self.is_ready = True
        assert self._process.stdin is not None
        request = json.dumps([str(file), None if thumbnail is None else str(thumbnail)])
        try:
            self._process.stdin.write(request + "\n")
            self._process.stdin.flush()
            image = DECODED_IMAGE.decode(self._heard(self.seconds))
        except (OSError, ValueError) as error:
            raise _NoAnswer from error
        self.answered += 1
        return image

    def lacked_memory(self) -> bool:
        """True if memory ran out, whatever the picture holds: the system ended the child, or this process has
        a lower limit than a picture may take.
        """
        limit = bounds.address_limit()
        return self.left == KILLED or (limit is not None and limit < self.memory)

    def end(self) -> None:
        """End it at once and let go of what it held."""
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(OSError, ValueError):  # a request that it did not take
            assert self._process.stdin is not None
            self._process.stdin.close()

    def _heard(self, seconds: float) -> str:
        line = self._lines.get(timeout=seconds)
        if not line:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.left = self._process.wait(1)
            raise _NoAnswer
        return line

    def _listen(self) -> None:
        """Move its lines where they can be waited for with a limit, on any system; the last one is empty."""
        assert self._process.stdout is not None
        with self._process.stdout as said, contextlib.suppress(OSError, ValueError):
            while line := said.readline(_LONGEST):
                self._lines.put(line)
        self._lines.put("")
