"""The versions of a data set: every change makes a new one, in words, and can be undone.

A version is never changed. Whoever changes a data set takes the newest version, makes the next one of it and
keeps that under the next number; where somebody else was quicker, the change is made anew on theirs. So two
tabs that edit at once lose nothing, and a process that is killed leaves the old version or the new one.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import msgspec

from tlcore.data import edits
from tlcore.data.dataset import Dataset
from tlcore.data.edits import Edit, ExampleStates, states, with_states
from tlcore.data.manifest import Key, Manifest
from tlcore.data.task_words import WORDS, TaskWords
from tlcore.errors import DataError, printable
from tlcore.records import JsonType

TRIES = 100
MOST_KINDS = 4  # kinds of change that one sentence names
SPLIT_WORDS = {"train": "the training part", "validation": "validation", "test": "test", None: "any part"}


class Version(msgspec.Struct, frozen=True):
    """One version in a list of versions."""

    version: int
    created: str = ""
    change: str = ""


VERSION = JsonType(Version)


def history(dataset: Dataset) -> list[Version]:
    """All versions, the newest first; examples are not kept in memory."""
    numbers = range(dataset.latest, 0, -1)
    paths = [dataset.manifest(number) for number in numbers]
    return [VERSION.read(path) for path in paths if path.is_file()]


def change(dataset: Dataset, edit: Edit) -> Manifest:
    """Apply `edit` to the newest version and store the result as the next.

    Raises:
        DataError: as `edits.apply`; nothing is kept then.
    """
    return add_version(dataset, lambda manifest: edits.apply(manifest, edit))


def undo(dataset: Dataset, version: int) -> Manifest:
    """Take back what `version` changed, as a new version; what was changed again since then stays.

    Raises:
        DataError: it is the first one, or nothing of its change is left.
    """
    if version <= 1:
        raise DataError("The first version cannot be undone.", remedy="Delete the data set instead.")
    before, after = (states(dataset.read(number)) for number in (version - 1, version))

    def back(manifest: Manifest) -> Manifest:
        now = states(manifest)
        kept = {key: state for key, state in now.items() if not _is_undone(key, before, after, now)}
        old = {key: state for key, state in before.items() if _is_undone(key, before, after, now)}
        if kept | old == now:
            raise DataError("Nothing of that change is left to undo.", received=f"version {version}")
        return with_states(manifest, kept | old)

    return add_version(dataset, back, f"Undid version {version}: ")


def _is_undone(key: Key, before: ExampleStates, after: ExampleStates, now: ExampleStates) -> bool:
    """True where the version changed this example and nobody has since."""
    return before.get(key) != after.get(key) and now.get(key) == after.get(key)


def add_version(dataset: Dataset, make: Callable[[Manifest], Manifest], prefix: str = "") -> Manifest:
    """Store what `make` returns for the newest version as the next one; safe when many do so at once.

    Raises:
        DataError: from `make`; or others were always quicker, or the data set was deleted.
        WorkspaceError: the disk is full.
    """
    for _ in range(TRIES):
        newest = dataset.read()
        made = make(newest)
        made = msgspec.structs.replace(
            made,
            version=newest.version + 1,
            created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            change=prefix + describe(newest, made),
        )
        try:
            dataset.write(made, newest)
        except FileExistsError:
            continue
        return made
    raise DataError("Others keep changing this data set.", remedy="Try again in a moment.")


def describe(before: Manifest, after: Manifest) -> str:
    """The difference in one sentence, the most frequent change first.

    For example "3 pictures from “cat” to “dog”, one picture set aside".
    """
    old, new = states(before), states(after)
    words = WORDS[after.task]
    told: Counter[str] = Counter()
    for key in old.keys() | new.keys():
        if old.get(key) != new.get(key):
            told[_describe_example(old, new, key)] += 1
    renamed = _describe_rename(before, after, words)
    if renamed:
        return renamed
    ranked = sorted(told.items(), key=lambda item: (-item[1], item[0]))
    parts = [f"{words.counted(count)} {what}" for what, count in ranked[:MOST_KINDS]]
    return (", ".join(parts) + _more_kinds(len(ranked) - MOST_KINDS)) or "nothing"


def _more_kinds(kinds: int) -> str:
    if kinds <= 0:
        return ""
    return " and one other kind of change" if kinds == 1 else f" and {kinds} other kinds of change"


def _describe_rename(before: Manifest, after: Manifest, words: TaskWords) -> str:
    """The words for a class renamed as a whole; "" where something else changed."""
    gone = set(before.classes) - set(after.classes)
    if len(gone) != 1 or len(before.examples) != len(after.examples):
        return ""
    (old,) = gone
    now = {e.key: e.label for e in after.examples}
    moved = {now.get(e.key) for e in before.examples if e.label == old}
    rest = all(now.get(e.key) == e.label for e in before.examples if e.label != old)
    if len(moved) != 1 or not rest:
        return ""
    (new,) = moved
    count = words.counted(before.counts()[old])
    if new in before.classes:
        return f"class {_quote(old)} merged into {_quote(str(new))} ({count})"
    return f"class {_quote(old)} renamed to {_quote(str(new))} ({count})"


def _describe_example(old: ExampleStates, new: ExampleStates, key: Key) -> str:
    """The change of one example in words."""
    if key not in new:
        return "taken out again"
    if key not in old:
        label = new[key].example.label
        return f"added to {_quote(label)}" if label else "added without a class"
    was, now = old[key], new[key]
    if was.used and not now.used:
        return "set aside"
    if was.example.label != now.example.label:
        now_in = _quote(now.example.label)
        return f"from {_quote(was.example.label)} to {now_in}" if was.example.label else f"put into {now_in}"
    if now.used and not was.used:
        return "used again"
    return f"moved to {SPLIT_WORDS[now.example.split]}"


def _quote(label: str) -> str:
    return f"“{printable(label, 60)}”"
