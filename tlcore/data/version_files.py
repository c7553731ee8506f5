"""The file of a version: a whole manifest, or the difference from the version before it.

A change of one example among thousands is a file of a few hundred bytes, and reading replays at most `EVERY`
of them upon one that says everything. Both are JSON with the same names; one that tells a difference has
`since`, the number of the version before, and in it

- `examples` and `aside` hold only those that are new or changed, or went from one to the other,
- `gone` names those that are not there any more, by SHA-256 and name,
- `same` names what is left out because it is as it was (`alike`, `skipped`); all else is said as it is now.

One that says everything of very many plain examples leaves them to a table beside it, which
`examples/table_file.py` reads, and says how many of them are used: `in_table`.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tlcore import system
from tlcore.data.examples import table_file
from tlcore.data.examples.example_table import ExampleTable, SortKey
from tlcore.data.examples.table_differences import differences
from tlcore.data.manifest import Example, Key, Manifest, keys_of, order_aside, order_used
from tlcore.records import JsonType

if TYPE_CHECKING:
    import pyarrow as pa

EVERY = 50  # versions: one of so many says everything
OneSide = Sequence[Example]
Side = tuple[OneSide, OneSide]  # of a version: used, and set aside
_LONG = ("alike", "skipped")
_SMALL = 4  # a difference of more than one in so many examples is not worth telling as one


class VersionFile(Manifest, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """The content of a version's file; `since` is 0 in one that says everything."""

    examples: tuple[Example, ...] = ()
    aside: tuple[Example, ...] = ()
    in_table: int | None = None
    since: int = 0
    gone: tuple[Key, ...] = ()
    same: tuple[str, ...] = ()


VERSION_FILE = JsonType(VersionFile)


@dataclass(frozen=True)
class VersionContent:
    """The content of a version's file, and of the table beside it."""

    json: bytes
    table: pa.Table | None = None

    @property
    def size(self) -> int:
        """Bytes on the disk, about."""
        return len(self.json) + (self.table.nbytes if self.table else 0)

    def write(self, path: Path) -> None:
        """Write it; the file comes last: where it is, its table is there.

        Raises:
            OSError: the disk is full, say.
        """
        beside = path.with_suffix(table_file.ENDING)
        if self.table is None:
            beside.unlink(missing_ok=True)  # of a writer that was killed
        else:
            table_file.write(beside, self.table)
        system.write_atomic(path, self.json)


def content_of(manifest: Manifest, before: Manifest | None) -> VersionContent:
    """The content of a version's file: only the difference from `before` it, where that is small."""
    if before is not None and manifest.version % EVERY and (found := _difference(before, manifest)):
        return VersionContent(msgspec.json.encode(found))
    table = table_file.table_of(manifest.examples, manifest.aside)
    if table is None:
        return VersionContent(msgspec.json.encode(manifest))
    fields = {name: getattr(manifest, name) for name in Manifest.__struct_fields__}
    file = VersionFile(**fields | {"examples": (), "aside": (), "in_table": len(manifest.examples)})
    return VersionContent(msgspec.json.encode(file), table)


def replay(files: Sequence[VersionFile], base: Manifest | None = None, first: Path | None = None) -> Manifest:
    """The version that the last of these files is of.

    Args:
        files: of versions in a row.
        base: the version before the first of them; None: that one says everything.
        first: where the first of them lies.

    Raises:
        OSError, ValueError: the table beside the first one is missing, or is none.
    """
    if base is None:
        base, files = _whole(files[0], first), files[1:]
    if not files:
        return base
    fields = {name: getattr(files[-1], name) for name in Manifest.__struct_fields__}
    fields |= {name: getattr(base, name) for name in _LONG}
    touched: set[Key] = set()
    used: dict[Key, Example] = {}
    aside: dict[Key, Example] = {}
    for file in files:
        for key in (*file.gone, *keys_of(file.examples), *keys_of(file.aside)):
            touched.add(key)
            used.pop(key, None)
            aside.pop(key, None)
        used.update((example.key, example) for example in file.examples)
        aside.update((example.key, example) for example in file.aside)
        fields |= {name: getattr(file, name) for name in _LONG if name not in file.same}
    fields["examples"] = with_others(base.examples, touched, used.values(), order_used)
    fields["aside"] = with_others(base.aside, touched, aside.values(), order_aside)
    return settled(Manifest(**fields))


def with_others(side: OneSide, gone: Collection[Key], new: Collection[Example], order: SortKey) -> OneSide:
    """One side of a version without the examples that have these keys, and with others, in order."""
    if isinstance(side, ExampleTable):
        return side.changed(gone, tuple(new), order)
    kept = {key: example for key, example in zip(keys_of(side), side, strict=True) if key not in gone}
    return tuple(sorted((*kept.values(), *new), key=order))


def held_twice(version: Manifest, keys: Collection[Key]) -> list[Key]:
    """Those of the keys that some example of the version has: old lists may hold one example twice."""
    if not keys or any(isinstance(side, ExampleTable) for side in (version.examples, version.aside)):
        return []
    return [*{*keys} & {*keys_of(version.examples), *keys_of(version.aside)}]


def settled(manifest: Manifest) -> Manifest:
    """The same; its tables forget what they were made of, which would stay in memory."""
    for side in (manifest.examples, manifest.aside):
        if isinstance(side, ExampleTable):
            side.settle()
    return manifest


def _whole(file: VersionFile, path: Path | None) -> Manifest:
    fields = {name: getattr(file, name) for name in Manifest.__struct_fields__}
    if file.in_table is not None and path is not None:
        sides = table_file.read(path.with_suffix(table_file.ENDING), file.in_table)
        fields |= dict(zip(("examples", "aside"), sides, strict=True))
    return Manifest(**fields)


def _difference(before: Manifest, after: Manifest) -> VersionFile | None:
    """The difference of `after` from `before`; None where it is large, or cannot be told whole."""
    (was_used, was_aside), (used, aside) = unshared(before, after)
    old, new = ([*keys_of(one), *keys_of(two)] for one, two in ((was_used, was_aside), (used, aside)))
    if after.version != before.version + 1 or not _can_be_told(after, old, new):
        return None
    known = {*was_used}, {*was_aside}
    used, aside = (
        tuple(e for e in now if e not in was) for now, was in zip((used, aside), known, strict=True)
    )
    gone = tuple(sorted({*old} - {*new}))
    if _SMALL * (len(used) + len(aside) + len(gone)) > len(after.examples) + len(after.aside):
        return None
    same = tuple(name for name in _LONG if getattr(after, name) == getattr(before, name))
    fields = {name: getattr(after, name) for name in Manifest.__struct_fields__ if name not in same}
    fields |= {"examples": used, "aside": aside}
    return VersionFile(**fields, since=before.version, gone=gone, same=same)


def _can_be_told(after: Manifest, old: list[Key], new: list[Key]) -> bool:
    """Tell whether replaying a difference makes this version: in order, with one example for each key.

    Args:
        old, new: the keys of what differs, before and after.
    """
    if any(isinstance(side, ExampleTable) for side in (after.examples, after.aside)):
        return True  # which `with_others` made
    now = {*keys_of(after.examples), *keys_of(after.aside)}
    if len(now) < len(after.examples) + len(after.aside) or not _is_in_order(after):
        return False
    return len({*old}) == len(old) and now.intersection(old) <= {*new}


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
        _unshared(was, now, order)
        for was, now, order in (
            (before.examples, after.examples, order_used),
            (before.aside, after.aside, order_aside),
        )
    ]
    return (parted[0][0], parted[1][0]), (parted[0][1], parted[1][1])


def _unshared(was: OneSide, now: OneSide, order: SortKey) -> tuple[OneSide, OneSide]:
    if isinstance(now, ExampleTable):
        return differences(was, now)
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
