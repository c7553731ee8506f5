"""The manifest: what one version of a data set consists of. `dataset.py` keeps them on disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from tlcore.config.task import Task as Task
from tlcore.data.examples.example import Box as Box
from tlcore.data.examples.example import Example as Example
from tlcore.data.examples.example import ImageStatistics as ImageStatistics
from tlcore.data.examples.example import Key as Key
from tlcore.data.examples.example import Split as Split
from tlcore.data.examples.example import SplitName as SplitName
from tlcore.data.examples.example import keys_of as keys_of
from tlcore.data.examples.example import order_aside as order_aside
from tlcore.data.examples.example import order_used as order_used
from tlcore.data.examples.example_table import ExampleTable
from tlcore.data.examples.summary import brought_splits, label_counts

FORMAT = 1
LONGEST_LABEL = 100  # characters
SPLIT_NAMES: dict[str, Split] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
MAX_TEXT_BYTES = 500_000_000  # of all texts, of a table, and of what an Excel file unpacks to


class Skipped(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A file that was sent and not accepted, with the reason in plain words."""

    name: str
    reason: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of one data set version. `shrunk_to`: the longest side the browser shrank pictures to.

    `examples` are what is used: a tuple, or a table where there are very many. `aside` holds the others: what
    a person took out, and what has no class yet (its label is empty).
    `alike` groups contents that look the same, by SHA-256: near copies of one picture or text.
    """

    name: str
    task: Task = "images"
    format: int = FORMAT
    version: int = 1
    created: str = ""  # ISO 8601, UTC: when this version was made
    change: str = ""  # what this version did to the one before it, in words
    source: str = ""  # what a person would recognise: a file or folder name
    generated: bool = False  # drawn by this program, not photographed
    credit: str = ""  # who made the examples, and their licence
    shrunk_to: int | None = None
    text_column: str = ""  # of the table that it came from
    classes: tuple[str, ...] = ()
    examples: Sequence[Example] = ()
    aside: Sequence[Example] = ()
    alike: tuple[tuple[str, ...], ...] = ()
    skipped: tuple[Skipped, ...] = ()
    ignored: int = 0  # hidden and system files that no person means to send
    warnings: tuple[str, ...] = ()
    problem: str = ""  # why it cannot be trained on yet; "": it can

    def counts(self) -> dict[str, int]:
        """Examples that show each class, in class order."""
        found = label_counts(self.examples)
        return {label: found[label] for label in self.classes}

    def box_counts(self) -> dict[str, int]:
        """Boxes per class, in class order; none where the examples have no boxes."""
        if isinstance(self.examples, ExampleTable):
            return {}
        found = Counter(box.label for example in self.examples for box in example.boxes or ())
        return {label: found[label] for label in self.classes} if found else {}

    def brought_splits(self) -> set[Split]:
        """The splits that the source folder came with; empty when it had none."""
        return brought_splits(self.examples)
