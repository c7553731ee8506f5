"""The versions that this process read or wrote last."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from weakref import WeakValueDictionary

from tlcore.data.examples.example_table import ExampleTable
from tlcore.data.manifest import Example, Manifest

_MOST_KEPT, _MOST_EXAMPLES = 4, 250_000  # versions in memory, and examples in them: about 90 MB for 100,000
FileKey = tuple[str | tuple[int, int, int], ...]


class RecentVersions:
    """Versions that this process read or wrote last, for as long as their files stay as they are.

    An edit of one example among 100,000 reads the version that it changes, and the page then reads the one
    that it made: here both are in memory, and share the examples that are the same.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reading: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()
        self._kept: dict[FileKey, Manifest] = {}  # the oldest first

    def get(self, path: Path) -> Manifest | None:
        """The version in that file; None where it is not here, or the file is another by now."""
        with self._lock:
            if (key := _file_key(path)) is None or (found := self._kept.pop(key, None)) is None:
                return None
            self._kept[key] = found
            return found

    @contextlib.contextmanager
    def reading(self, path: Path) -> Iterator[None]:
        """Around reading that file: many sessions that open a page at once decode it once, and nobody waits
        for somebody else's large data set.
        """
        with self._lock:
            own = self._reading.setdefault(str(path), threading.Lock())
        with own:
            yield

    def keep(self, path: Path, manifest: Manifest) -> None:
        """Keep it in place of those that were used longest ago."""
        with self._lock:
            if key := _file_key(path):
                self._kept[key] = manifest
            while len(self._kept) > 1 and self._is_too_much():
                del self._kept[next(iter(self._kept))]

    def _is_too_much(self) -> bool:
        sizes = [_held(one.examples) + _held(one.aside) for one in self._kept.values()]
        return len(sizes) > _MOST_KEPT or sum(sizes) > _MOST_EXAMPLES

    def clear(self) -> None:
        """Free the memory."""
        with self._lock:
            self._kept.clear()


def _held(side: Sequence[Example]) -> int:
    """Examples of it that take as much memory: a table has next to nothing of each but its numbers."""
    return len(side) // 8 if isinstance(side, ExampleTable) else len(side)


RECENT = RecentVersions()


def _file_key(path: Path) -> FileKey | None:
    """Marks of a version's file, and of the first version's, on which it may rest; None: it is gone."""
    files = [path, path.parent.parent / "manifest.json"] if path.parent.name == "versions" else [path]
    try:
        found = [file.stat() for file in files]
    except OSError:
        return None
    return str(path), *((one.st_mtime_ns, one.st_size, one.st_ino) for one in found)
