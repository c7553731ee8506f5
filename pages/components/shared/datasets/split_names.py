"""The names of the splits on the pages, and moving examples between splits by hand."""

from __future__ import annotations

from tlcore.config.split import SplitConfig
from tlcore.data.manifest import Manifest, Split, SplitName
from tlcore.data.splits import HELD_OUT, assign
from tlcore.data.versions.edits import Edit, MoveToSplit
from tlcore.errors import DataError

PARTS: dict[SplitName, str] = {"train": "Training", "validation": "Validation", "test": "Test"}
SPLITS: dict[str, Split | None] = {"train": "train", "validation": "validation", "test": "test", "": None}
AUTOMATIC = "Automatic"


def with_fixed_splits(manifest: Manifest, edit: Edit) -> list[Edit]:
    """The edit, after edits that fix the rest of a split where it moves examples into or out of it.

    A split that did not come with the data is drawn anew for each run. When the first example is moved by
    hand, the other examples of that split are fixed as drawn; otherwise it would hold that one example alone.
    """
    if not isinstance(edit, MoveToSplit) or edit.split is None:
        return [edit]
    brought = manifest.brought_splits()
    drawn_splits = [split for split in HELD_OUT if split not in brought and edit.split in (split, "train")]
    try:
        places = assign(manifest, SplitConfig()) if drawn_splits else ()
    except DataError:  # it cannot be trained on yet, so nothing is drawn
        return [edit]
    fixed: list[Edit] = []
    for split in drawn_splits:
        keys = [e.key for e, place in zip(manifest.examples, places, strict=True) if place == split]
        if keys:
            fixed.append(MoveToSplit(tuple(keys), split))
    return [*fixed, edit]
