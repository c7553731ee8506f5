"""The manifest: what one version of a data set consists of. `dataset.py` keeps them on disk."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import msgspec

Split = Literal["train", "validation", "test"]
SplitName = Split | Literal["unused"]  # where an example stands in a run
Task = Literal["images", "texts"]
Key = tuple[str, str]  # what an example is called whatever is said of it: its SHA-256 and its name
FORMAT = 1
LONGEST_LABEL = 100  # characters
SPLIT_NAMES: dict[str, Split] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
MAX_TEXT_BYTES = 500_000_000  # of all texts, of a table, and of what an Excel file unpacks to


class ImageStatistics(msgspec.Struct, frozen=True, array_like=True):
    """Statistics of a picture, measured once when it is imported (`images/statistics.py`)."""

    form: str  # the file's format, as Pillow calls it
    hash: str  # perceptual: 16 hexadecimal digits that are nearly the same for pictures that look the same
    brightness: int  # mean of the grey values, 0 to 255
    contrast: int  # their standard deviation
    sharpness: int  # how strong the edges are: variance of the Laplacian at thumbnail size
    border: str = ""  # colour of the frame around it, as "rrggbb"; "" when it has none
    chroma: int | None = None  # how far from grey its more colourful pixels are, 0 to 255; None: not measured
    camera: str | None = None  # what took it, as its EXIF says; "" where that says nothing; None: not asked


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One labelled example: its stored bytes and where it came from.

    `split` is the one the source brought, or None; `name` is the path inside the source, as text, or the row
    of a table. Width and height are those of a picture, in pixels.
    """

    sha256: str
    name: str
    label: str
    width: int = 0
    height: int = 0
    bytes: int = 0
    split: Split | None = None
    look: ImageStatistics | None = None

    @property
    def key(self) -> Key:
        return self.sha256, self.name


def order_used(example: Example) -> tuple[str, ...]:
    """The order of what is used. The SHA-256 is in it so that no two have the same place."""
    return example.split or "", example.label, example.name, example.sha256


def order_aside(example: Example) -> tuple[str, ...]:
    """The order of what is set aside."""
    return example.label, example.name, example.sha256


class Skipped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that was sent and not accepted, with the reason in plain words."""

    name: str
    reason: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of one data set version. `shrunk_to`: the longest side the browser shrank pictures to.

    `aside` holds what is not used: what a person took out, and what has no class yet (its label is empty).
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
    examples: tuple[Example, ...] = ()
    aside: tuple[Example, ...] = ()
    alike: tuple[tuple[str, ...], ...] = ()
    skipped: tuple[Skipped, ...] = ()
    ignored: int = 0  # hidden and system files that no person means to send
    warnings: tuple[str, ...] = ()
    problem: str = ""  # why it cannot be trained on yet; "": it can

    def counts(self) -> dict[str, int]:
        """Examples per class, in class order."""
        found = Counter(example.label for example in self.examples)
        return {label: found[label] for label in self.classes}

    def brought_splits(self) -> set[Split]:
        """The splits that the source folder came with; empty when it had none."""
        return {example.split for example in self.examples if example.split}
