"""The parts of a job that several processes work on: the job's own process, and helpers on other machines.

Whoever takes a part leaves what comes of it in a file beside the request, and the job's own process joins
these in order. It waits for nobody: it does itself what others took and do not bring, whether they are slow
or dead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from tlcore import system
from tlcore.data.importing.progress import Stopper
from tlcore.runs.cluster import helping
from tlcore.runs.cluster.helping import FrozenWork, HelpRequest

LAG = 3  # parts that the job does while it lacks one that somebody else took; then it does that one, too

Compute = Callable[[int, int, Stopper], Iterator[bytes]]


class SharedParts:
    """The parts of a job's examples, as its request has them.

    Args:
        folder: the job's.
        compute: what comes of the examples from a number to the one before another, piece by piece; it ends
            early where it is told to stop.
        stops: tells whether to leave.
    """

    def __init__(self, folder: Path, request: HelpRequest, compute: Compute, stops: Stopper) -> None:
        assert not isinstance(request.work, FrozenWork)
        self._folder, self._compute, self._ask = folder, compute, stops
        self._is_over = False
        starts = range(request.work.first, request.work.end, request.size)
        self._parts = [(at, min(at + request.size, request.work.end)) for at in starts]

    def help(self) -> int:
        """Do parts that nobody has begun, each into its file; returns how many."""
        done = 0
        for number in range(len(self._parts)):
            if self._stops():
                break
            if helping.take(self._folder, number):
                content = self._content(number)
                if self._stops():
                    break
                system.write_atomic(self._file(number), content)
                done += 1
        return done

    def in_order(self) -> Iterator[bytes]:
        """The content of each part, as soon as it is there; of all parts, unless it is to stop."""
        joined = lag = 0
        for number in range(len(self._parts)):
            if self._stops():
                return
            if helping.take(self._folder, number):
                content = self._content(number)
                if number == joined:
                    yield content
                    joined += 1
                elif not self._stops():
                    system.write_atomic(self._file(number), content)
                    lag += 1
            while joined <= number and (lag >= LAG or self._file(joined).is_file()) and not self._stops():
                lag = 0
                yield self._joined(joined)
                joined += 1
        while joined < len(self._parts) and not self._stops():
            yield self._joined(joined)
            joined += 1

    def _joined(self, number: int) -> bytes:
        """A part that is needed now, whoever brings it; its file is not kept."""
        content = self._content(number)
        self._file(number).unlink(missing_ok=True)
        return content

    def _content(self, number: int) -> bytes:
        """All that comes of a part; less where it is to stop."""
        pieces: list[bytes] = []
        more = self._compute(*self._parts[number], self._stops)
        while not self._file(number).is_file():
            piece = next(more, None)
            if piece is None:
                return b"".join(pieces)
            pieces.append(piece)
        return self._file(number).read_bytes()  # whoever had taken it has brought it now

    def _stops(self) -> bool:
        """Once it is to stop, it stays so: what ended early is never taken for whole."""
        self._is_over = self._is_over or self._ask()
        return self._is_over

    def _file(self, number: int) -> Path:
        return self._folder / helping.FOLDER / f"{number}.part"
