"""The parts of a job that several processes work on: the job's own process, and helpers on other machines.

Whoever takes a part leaves what comes of it in a file beside the request, and the job's own process
joins these in order. It waits for nobody: in the end it does itself what others took and did not bring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from tlcore import system
from tlcore.runs.cluster import helping
from tlcore.runs.cluster.helping import FrozenWork, HelpRequest

Compute = Callable[[int, int], Iterator[bytes]]  # examples from a number to the one before another → pieces


class SharedParts:
    """The parts of a job's examples, as its request has them.

    Args:
        folder: the job's.
        compute: what comes of some examples, piece by piece; fewer where it is to stop.
        stops: tells whether to leave.
    """

    def __init__(
        self, folder: Path, request: HelpRequest, compute: Compute, stops: Callable[[], bool]
    ) -> None:
        assert not isinstance(request.work, FrozenWork)
        self._folder, self._compute, self._stops = folder, compute, stops
        starts = range(request.work.first, request.work.end, request.size)
        self._parts = [(at, min(at + request.size, request.work.end)) for at in starts]

    def help(self) -> int:
        """Do parts that nobody has begun, each into its file; returns how many."""
        done = 0
        for number in range(len(self._parts)):
            if helping.take(self._folder, number):
                content = self._content(number)
                if self._stops():
                    break
                system.write_atomic(self._file(number), content)
                done += 1
        return done

    def in_order(self) -> Iterator[bytes]:
        """The content of each part, as soon as it is there; of all parts, unless it is to stop."""
        joined = 0
        for number in range(len(self._parts)):
            if helping.take(self._folder, number):
                content = self._content(number)
                if number == joined:
                    yield content
                    joined += 1
                elif not self._stops():
                    system.write_atomic(self._file(number), content)
            while not self._stops() and self._file(joined).is_file():
                yield self._file(joined).read_bytes()
                joined += 1
        for number in range(joined, len(self._parts)):
            if not self._stops():
                yield self._content(number)

    def _file(self, number: int) -> Path:
        return self._folder / helping.FOLDER / f"{number}.part"

    def _content(self, number: int) -> bytes:
        """All that comes of a part; less where it is to stop."""
        content = b""
        for piece in self._compute(*self._parts[number]):
            if self._file(number).is_file():  # whoever had taken it has brought it now
                return self._file(number).read_bytes()
            content += piece
        return content
