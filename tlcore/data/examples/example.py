"""One labelled example of a data set, and the orders in which a version holds many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

Split = Literal["train", "validation", "test"]
SplitName = Split | Literal["unused"]  # where an example stands in a run
Key = tuple[str, str]  # what an example is called whatever is said of it: its SHA-256 and its name


# gc=False: there are hundreds of thousands of these, none holds a circle, and collecting garbage visits each.
class ImageStatistics(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Statistics of a picture, measured once when it is imported (`images/statistics.py`)."""

    form: str  # the file's format, as Pillow calls it
    hash: str  # perceptual: 16 hexadecimal digits that are nearly the same for pictures that look the same
    brightness: int  # mean of the grey values, 0 to 255
    contrast: int  # their standard deviation
    sharpness: int  # how strong the edges are: variance of the Laplacian at thumbnail size
    border: str = ""  # colour of the frame around it, as "rrggbb"; "" when it has none
    chroma: int | None = None  # how far from grey its more colourful pixels are, 0 to 255; None: not measured
    camera: str | None = None  # what took it, as its EXIF says; "" where that says nothing; None: not asked


class Box(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A rectangle around one object, in pixels of the upright picture, as its width and height.

    The numbers are its edges, not pixel numbers: a whole picture is (0, 0, width, height).
    """

    label: str
    left: float
    top: float
    right: float
    bottom: float


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """One labelled example: its stored bytes and where it came from.

    `split` is the one the source brought, or None; `name` is the path inside the source, as text, or the row
    of a table. Width and height are those of a picture, in pixels. `boxes` are of the objects in it; None:
    nobody has looked for any. `mask` is the SHA-256 of the picture's class map; "": it has none. `areas`: the
    classes in it.
    """

    sha256: str
    name: str
    label: str
    # What a factory gives is written even where it is the default: so it stands in manifests from before.
    width: int = msgspec.field(default_factory=int)
    height: int = msgspec.field(default_factory=int)
    bytes: int = msgspec.field(default_factory=int)
    split: Split | None = msgspec.field(default_factory=lambda: None)
    look: ImageStatistics | None = msgspec.field(default_factory=lambda: None)
    boxes: tuple[Box, ...] | None = None
    mask: str = ""
    areas: tuple[str, ...] = ()

    @property
    def labels(self) -> set[str]:
        """The classes that it shows: its own, or those of its boxes or areas."""
        return {*(box.label for box in self.boxes or ()), *self.areas, *([self.label] if self.label else [])}

    @property
    def is_labelled(self) -> bool:
        """Has somebody said what it shows? Also that there is nothing in it."""
        return bool(self.label or self.mask or self.boxes is not None)

    @property
    def key(self) -> Key:
        return self.sha256, self.name


def keys_of(examples: Iterable[Example]) -> Iterator[Key]:
    """The key of each; quicker than to ask one after the other."""
    return ((example.sha256, example.name) for example in examples)


def order_used(example: Example) -> tuple[str, ...]:
    """The order of what is used. The SHA-256 is in it so that no two have the same place."""
    return example.split or "", example.label, example.name, example.sha256


def order_aside(example: Example) -> tuple[str, ...]:
    """The order of what is set aside."""
    return example.label, example.name, example.sha256
