"""The file of a version: a whole manifest, or the difference from the version before it.

A change of one example among thousands is a file of a few hundred bytes, and reading replays at most `EVERY`
of them upon one that says everything. Both are JSON with the same names; one that tells a difference has
`since`, the number of the version before, and in it

- `examples` and `aside` hold only those that are new or changed, or went from one to the other,
- `gone` names those that are not there any more, by SHA-256 and name,
- `same` names what is left out because it is as it was (`alike`, `skipped`); all else is said as it is now.
"""

from __future__ import annotations

import contextlib
import itertools
import operator
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from weakref import WeakValueDictionary

import msgspec

from tlcore.data.manifest import Example, Key, Manifest, keys_of, order_aside, order_used
from tlcore.records import JsonType

EVERY = 50  # versions: one of so many says everything
OneSide = tuple[Example, ...]
Side = tuple[OneSide, OneSide]  # of a version: used, and set aside
_LONG = ("alike", "skipped")
_MOST_KEPT, _MOST_EXAMPLES = 4, 250_000  # versions in memory, and examples in them: about 90 MB for 100,000
_SMALL = 4  # a difference of more than one in so many examples is not worth telling as one


FileKey = tuple[str | tuple[int, int, int], ...]


class VersionFile(Manifest, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """The content of a version's file; `since` is 0 in one that says everything."""

    since: int = 0
    gone: tuple[Key, ...] = ()
    same: tuple[str, ...] = ()


VERSION_FILE = JsonType(VersionFile)


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
        sizes = [len(one.examples) + len(one.aside) for one in self._kept.values()]
        return len(sizes) > _MOST_KEPT or sum(sizes) > _MOST_EXAMPLES

    def clear(self) -> None:
        """Free the memory."""
        with self._lock:
            self._kept.clear()


RECENT = RecentVersions()


def _file_key(path: Path) -> FileKey | None:
    """Marks of a version's file, and of the first version's, on which it may rest; None: it is gone."""
    files = [path, path.parent.parent / "manifest.json"] if path.parent.name == "versions" else [path]
    try:
        found = [file.stat() for file in files]
    except OSError:
        return None
    return str(path), *((one.st_mtime_ns, one.st_size, one.st_ino) for one in found)


def encode(manifest: Manifest, before: Manifest | None) -> bytes:
    """The file of a version: the difference from `before`, the version before it, where that is small."""
    found = None if before is None or manifest.version % EVERY == 0 else _difference(before, manifest)
    return msgspec.json.encode(manifest if found is None else found)


def replay(files: Sequence[VersionFile], base: Manifest | None = None) -> Manifest:
    """The version that the last of these files is of.

    Args:
        files: of versions in a row.
        base: the version before the first of them; None: that one says everything.
    """
    if base is None:
        base, files = _whole(files[0]), files[1:]
    if not files:
        return base
    used = dict(zip(keys_of(base.examples), base.examples, strict=True))
    aside = dict(zip(keys_of(base.aside), base.aside, strict=True))
    fields = {name: getattr(files[-1], name) for name in Manifest.__struct_fields__}
    fields |= {name: getattr(base, name) for name in _LONG}
    for file in files:
        for key in (*file.gone, *keys_of(file.examples), *keys_of(file.aside)):
            used.pop(key, None)
            aside.pop(key, None)
        used.update((example.key, example) for example in file.examples)
        aside.update((example.key, example) for example in file.aside)
        fields |= {name: getattr(file, name) for name in _LONG if name not in file.same}
    fields["examples"] = tuple(sorted(used.values(), key=order_used))
    fields["aside"] = tuple(sorted(aside.values(), key=order_aside))
    return Manifest(**fields)


def _whole(file: VersionFile) -> Manifest:
    return Manifest(**{name: getattr(file, name) for name in Manifest.__struct_fields__})


def _difference(before: Manifest, after: Manifest) -> VersionFile | None:
    """The difference of `after` from `before`; None where it is large, or cannot be told whole.

    Replaying puts examples in order and has one for each key, so `after` must have them like that.
    """
    now = {*keys_of(after.examples), *keys_of(after.aside)}
    whole = len(after.examples) + len(after.aside)
    if len(now) < whole or not _is_in_order(after) or after.version != before.version + 1:
        return None
    (was_used, was_aside), (used, aside) = unshared(before, after)
    old, new = ([*keys_of(one), *keys_of(two)] for one, two in ((was_used, was_aside), (used, aside)))
    if len(set(old)) < len(old) or not now.intersection(old) <= set(
        new
    ):  # one of two that are called the same
        return None
    known = {*was_used}, {*was_aside}
    used, aside = (
        tuple(e for e in now if e not in was) for now, was in zip((used, aside), known, strict=True)
    )
    gone = tuple(sorted(set(old) - now))
    if _SMALL * (len(used) + len(aside) + len(gone)) > len(now):
        return None
    same = tuple(name for name in _LONG if getattr(after, name) == getattr(before, name))
    fields = {name: getattr(after, name) for name in Manifest.__struct_fields__ if name not in same}
    fields |= {"examples": used, "aside": aside}
    return VersionFile(**fields, since=before.version, gone=gone, same=same)


def _is_in_order(manifest: Manifest) -> bool:
    return all(
        all(itertools.starmap(operator.le, itertools.pairwise(map(order, examples))))
        for order, examples in ((order_used, manifest.examples), (order_aside, manifest.aside))
    )


def unshared(before: Manifest, after: Manifest) -> tuple[Side, Side]:
    """The examples, used and set aside, of which the other has not the very same object: all that differ.

    An edit keeps the objects that it does not change, so these are few among hundreds of thousands.
    """
    parted = [
        _unshared(was, now) for was, now in ((before.examples, after.examples), (before.aside, after.aside))
    ]
    return (parted[0][0], parted[1][0]), (parted[0][1], parted[1][1])


def _unshared(was: OneSide, now: OneSide) -> tuple[OneSide, OneSide]:
    same = _common(was, now)
    was, now = was[same:], now[same:]
    if same := _common(was[::-1], now[::-1]):
        was, now = was[:-same], now[:-same]
    return _without(was, now), _without(now, was)


def _common(some: OneSide, others: OneSide) -> int:
    """The number of objects at the beginning that are the same."""
    differ = itertools.compress(itertools.count(), map(operator.is_not, some, others))
    return next(differ, min(len(some), len(others)))


def _without(some: OneSide, others: OneSide) -> OneSide:
    known = {*map(id, others)}
    return tuple(example for example in some if id(example) not in known)
