"""Classes and splits from a tree of folders, without looking into any file.

    [wrapper/…]  [train|val|test/]  [wrapper/…]  class/  [train|val|test/]  [anything/…]  picture

Folders that merely wrap everything are taken off. A split level is there when the top folders are called
train, val(idation), dev or test(ing), in any case, with class folders below them, or when all folders inside
the classes are called so. The next folder is the class; deeper ones belong to it. Class names stay as text,
so two that are equal after cleaning are one class.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from tlcore.data.manifest import LONGEST_LABEL, SPLIT_NAMES, Split
from tlcore.data.names import clean_text

# Files that lie beside pictures; they must not make a folder look like a class.
_BESIDE = {
    ".txt",
    ".csv",
    ".tsv",
    ".json",
    ".jsonl",
    ".xml",
    ".md",
    ".rst",
    ".html",
    ".htm",
    ".pdf",
    ".py",
} | {
    *(".ipynb", ".yaml", ".yml", ".mat", ".npy", ".npz", ".pkl", ".db", ".ini", ".cfg", ".log", ".doc"),
    *(".docx", ".xls", ".xlsx", ".zip", ".gz", ".tar", ".h5", ".pt", ".license", ".bib", ".sh", ".names"),
}


@dataclass(frozen=True)
class ClassAssignment:
    """Where a picture belongs. `split` is None when the folder brings no split."""

    label: str
    split: Split | None = None


Parts = tuple[str, ...]


def is_beside(name: str) -> bool:
    """True for kinds of files that lie beside pictures: notes, tables, code."""
    return PurePosixPath(name).suffix.lower() in _BESIDE


def assign_from_folders(names: Sequence[str]) -> list[ClassAssignment | str]:
    """For each clean relative path ("/" between its parts), its place or the reason to skip it, in order."""
    rows: list[Parts] = [tuple(name.split("/")) for name in names]
    telling = [row for row in rows if not is_beside(row[-1])]
    wrapper = _wrapper(telling, keep_splits=True)
    telling = [row[len(wrapper) :] for row in telling if row[: len(wrapper)] == wrapper and row != wrapper]
    splits = _split_folders(telling)
    inner = _wrapper([row[1:] for row in telling if row[0] in splits], keep_splits=False) if splits else ()
    below = not splits and _are_splits_below(telling)
    return [_assign(row, wrapper, splits, inner, below) for row in rows]


def _assign(
    row: Parts, wrapper: Parts, splits: dict[str, Split], inner: Parts, below: bool
) -> ClassAssignment | str:
    if row[: len(wrapper)] != wrapper:
        return "It is outside the folder with the classes."
    row = row[len(wrapper) :]
    split: Split | None = None
    if splits:
        if len(row) < 2 or row[0] not in splits:
            return "It is outside the train, validation and test folders."
        split, row = splits[row[0]], row[1:]
        row = row[len(inner) :] if row[: len(inner)] == inner else row
    if len(row) < 2:
        return "It is in no class folder."
    if below and len(row) > 2:
        split = SPLIT_NAMES.get(row[1].casefold())
    label = clean_text(row[0])[:LONGEST_LABEL].strip()
    return _place(label, split) if label else "The name of its class folder cannot be read."


@functools.lru_cache(4096)
def _place(label: str, split: Split | None) -> ClassAssignment:
    """The same object for the many pictures of a class, and with it the same text."""
    return ClassAssignment(label, split)


def _wrapper(rows: list[Parts], keep_splits: bool) -> Parts:
    """The folders around everything: each the only one at its level, with further folders inside."""
    wrapper: list[str] = []
    rows = [row for row in rows if len(row) > 1]
    while rows:
        tops = {row[0] for row in rows}
        deeper = [row[1:] for row in rows if len(row) > 2]
        if len(tops) != 1 or not deeper or (keep_splits and rows[0][0].casefold() in SPLIT_NAMES):
            break
        if keep_splits and _is_class_of_splits(deeper):
            break
        wrapper.append(tops.pop())
        rows = deeper
    return tuple(wrapper)


def _is_class_of_splits(rows: list[Parts]) -> bool:
    """True if a folder holds nothing but splits with files in them: then it is a class, the only one."""
    return all(len(row) == 2 and row[0].casefold() in SPLIT_NAMES for row in rows)


def _split_folders(rows: list[Parts]) -> dict[str, Split]:
    """Top folders that are splits, or none: a class may be called "test" as well.

    They are splits when class folders lie below them and either one is for training or there are no others.
    """
    tops = {row[0] for row in rows if len(row) > 1}
    named = {top: SPLIT_NAMES[top.casefold()] for top in tops if top.casefold() in SPLIT_NAMES}
    with_classes = {row[0] for row in rows if len(row) > 2 and row[0] in named}
    trains = any(named[top] == "train" for top in with_classes)
    return named if with_classes and (trains or set(named) == tops) else {}


def _are_splits_below(rows: list[Parts]) -> bool:
    """True if the folders inside the classes are splits: all are called so, and one is for training or every
    class has some. A class of close-ups may well have a folder called "test" among others.
    """
    inside = {(row[0], row[1].casefold()) for row in rows if len(row) > 2}
    if not inside or any(name not in SPLIT_NAMES for _, name in inside):
        return False
    trains = any(SPLIT_NAMES[name] == "train" for _, name in inside)
    return trains or {label for label, _ in inside} == {row[0] for row in rows if len(row) > 1}
