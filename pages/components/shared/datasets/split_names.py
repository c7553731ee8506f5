"""The parts of a data set by hand: what else must be said so that a move moves nothing else."""

from __future__ import annotations

from tlcore.config.split import SplitConfig
from tlcore.data.edits import Edit, MoveToSplit
from tlcore.data.manifest import Manifest, Split, SplitName
from tlcore.data.splits import HELD_OUT, assign
from tlcore.errors import DataError

PARTS: dict[SplitName, str] = {"train": "Training", "validation": "Validation", "test": "Test"}
SPLITS: dict[str, Split | None] = {"train": "train", "validation": "validation", "test": "test", "": None}
AUTOMATIC = "Whichever is drawn"


def with_fixed_splits(manifest: Manifest, edit: Edit) -> list[Edit]:
    """The edit, with what has to be fixed before it where it moves examples into a part.

    A part that the data did not come with is drawn anew for every run. With the first example put into it, or
    taken out of it, by hand, the others of it are fixed as they are drawn: else that one alone would be it.
    """
    if not isinstance(edit, MoveToSplit) or edit.split is None:
        return [edit]
    brought = manifest.brought_splits()
    loose = [split for split in HELD_OUT if split not in brought and edit.split in (split, "train")]
    try:
        drawn = assign(manifest, SplitConfig()) if loose else ()
    except DataError:  # it cannot be trained on yet: nothing is drawn that could be fixed
        return [edit]
    fixed: list[Edit] = []
    for split in loose:
        keys = [e.key for e, place in zip(manifest.examples, drawn, strict=True) if place == split]
        if keys:
            fixed.append(MoveToSplit(tuple(keys), split))
    return [*fixed, edit]
