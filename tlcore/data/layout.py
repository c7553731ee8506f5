"""From file names to classes and splits: what a tree of folders says, without looking into any file.

    [wrapper/…]  [train|val|test/]  [wrapper/…]  class/  [anything/…]  picture

Folders that merely wrap everything are taken off. A split level is there when the top folders are called
train, val(idation), dev or test(ing), in any case, with class folders below them. The next folder is the
class; deeper ones belong to it. Class names stay as text, so two that are equal after cleaning are one class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from tlcore.data.manifest import Split
from tlcore.data.names import clean_text

LONGEST_LABEL = 100  # characters
SPLIT_NAMES: dict[str, Split] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
# Files that lie beside pictures; they must not make a folder look like a class.
BESIDE = {
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
class Place:
    """Where a picture belongs. `split` is None when the folder brings no split."""

    label: str
    split: Split | None = None


Parts = tuple[str, ...]


def arrange(names: Sequence[str]) -> list[Place | str]:
    """For each clean relative path ("/" between its parts), its place or the reason to skip it, in order."""
    rows: list[Parts] = [tuple(name.split("/")) for name in names]
    telling = [row for row in rows if PurePosixPath(row[-1]).suffix.lower() not in BESIDE]
    wrapper = _wrapper(telling, keep_splits=True)
    telling = [row[len(wrapper) :] for row in telling if row[: len(wrapper)] == wrapper and row != wrapper]
    splits = _split_folders(telling)
    inner = _wrapper([row[1:] for row in telling if row[0] in splits], keep_splits=False) if splits else ()
    return [_place(row, wrapper, splits, inner) for row in rows]


def _place(row: Parts, wrapper: Parts, splits: dict[str, Split], inner: Parts) -> Place | str:
    if row[: len(wrapper)] != wrapper:
        return "It lies outside the folder that holds the classes."
    row = row[len(wrapper) :]
    split: Split | None = None
    if splits:
        if len(row) < 2 or row[0] not in splits:
            return "It lies outside the train, validation and test folders."
        split, row = splits[row[0]], row[1:]
        row = row[len(inner) :] if row[: len(inner)] == inner else row
    if len(row) < 2:
        return "It lies in no class folder."
    label = clean_text(row[0])[:LONGEST_LABEL].strip()
    return Place(label, split) if label else "The name of its class folder cannot be read."


def _wrapper(rows: list[Parts], keep_splits: bool) -> Parts:
    """The folders around everything: each the only one at its level, with further folders inside."""
    wrapper: list[str] = []
    rows = [row for row in rows if len(row) > 1]
    while rows:
        tops = {row[0] for row in rows}
        deeper = [row[1:] for row in rows if len(row) > 2]
        if len(tops) != 1 or not deeper or (keep_splits and rows[0][0].casefold() in SPLIT_NAMES):
            break
        wrapper.append(tops.pop())
        rows = deeper
    return tuple(wrapper)


def _split_folders(rows: list[Parts]) -> dict[str, Split]:
    """Top folders that are splits, or none: a class may be called "test" as well.

    They are splits when class folders lie below them and either one is for training or there are no others.
    """
    tops = {row[0] for row in rows if len(row) > 1}
    named = {top: SPLIT_NAMES[top.casefold()] for top in tops if top.casefold() in SPLIT_NAMES}
    with_classes = {row[0] for row in rows if len(row) > 2 and row[0] in named}
    trains = any(named[top] == "train" for top in with_classes)
    return named if with_classes and (trains or set(named) == tops) else {}
