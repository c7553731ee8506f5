"""A picture of a data set with its boxes or areas drawn over it."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import msgspec
import numpy as np
import streamlit as st
from PIL import Image

from pages.components.shared.viewers import overlay, safe_preview
from pages.components.shared.viewers.images import GONE
from tlcore.data.annotations.annotation import IGNORED
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example, Manifest

MOST_STORED = 64  # drawn pictures in memory, about 100 kB each
TALLEST = 480  # pixels of a large picture on the page, so that a projector shows all of it


def show(
    dataset: Dataset,
    manifest: Manifest,
    example: Example,
    hidden: frozenset[str] = frozenset(),
    is_large: bool = False,
) -> None:
    """One picture with its annotations, but for those of `hidden` classes."""
    drawn = of(dataset, manifest, example, hidden, is_large)
    if drawn:
        st.image(drawn, width=_width(drawn) if is_large else "stretch", alt=alt(example, hidden))
    else:
        st.caption(GONE)


def _width(drawn: bytes) -> int:
    """Pixels of a large picture on the page; where there is less room, it takes that."""
    with Image.open(io.BytesIO(drawn)) as picture:
        return max(1, round(picture.width * TALLEST / picture.height))


def alt(example: Example, hidden: frozenset[str] = frozenset()) -> str:
    """The annotations in words."""
    labels = sorted(example.labels - hidden)
    counts = {label: sum(box.label == label for box in example.boxes or ()) for label in labels}
    return ", ".join(f"{count} {label}" if count else label for label, count in counts.items()) or "nothing"


def of(
    dataset: Dataset,
    manifest: Manifest,
    example: Example,
    hidden: frozenset[str] = frozenset(),
    is_large: bool = False,
) -> bytes:
    """The same as a JPEG of Graft's own; empty where the picture is gone."""
    said = hashlib.sha256(msgspec.json.encode(example)).hexdigest()
    return _drawn(str(dataset.folder), said, manifest.classes, hidden, is_large, example)


@st.cache_resource(max_entries=MOST_STORED, show_spinner=False)
def _drawn(
    folder: str,
    said: str,
    classes: tuple[str, ...],
    hidden: frozenset[str],
    is_large: bool,
    _example: Example,
) -> bytes:
    """`said`: names the example and its annotations, for the cache."""
    dataset, example = Dataset(Path(folder)), _example
    try:
        content = dataset.file(example.sha256).read_bytes()
        numbers = small_map(dataset, example) if example.mask else None
    except OSError:
        return b""
    picture = safe_preview.large(content) if is_large else safe_preview.of(content)
    if picture.refused:
        return b""
    if numbers is None:
        return overlay.with_boxes(picture.encoded, marks_of(example, classes, hidden))
    shown = np.full(256, IGNORED, np.uint8)
    for number, label in enumerate(classes):
        shown[number] = IGNORED if label in hidden else number
    numbers = shown[numbers]
    return overlay.with_areas(picture.encoded, numbers, background_of(classes))


def marks_of(
    example: Example, classes: tuple[str, ...], hidden: frozenset[str] = frozenset()
) -> list[overlay.DrawnBox]:
    """The boxes that a person drew. A picture that was set aside may show classes that no other one shows."""
    numbers = {label: number for number, label in enumerate(classes)}
    marks = []
    for box in example.boxes or ():
        if box.label in hidden:
            continue
        edges = overlay.shares((box.left, box.top, box.right, box.bottom), (example.width, example.height))
        marks.append(overlay.DrawnBox(edges, numbers.get(box.label, len(classes))))
    return marks


def background_of(classes: tuple[str, ...]) -> int | None:
    """The number of the class that stands for everything else; None: there is none."""
    return 0 if classes and classes[0].casefold() == "background" else None


def small_map(dataset: Dataset, example: Example) -> np.ndarray:
    """The class map that an import has stored, (h, w) uint8 with at most 1,024 pixels a side, to be drawn.

    Raises:
        OSError: it is gone, or damaged.
    """
    small = safe_preview.class_map(dataset.file(example.mask).read_bytes())
    if small.refused:
        raise OSError(small.refused)
    with Image.open(io.BytesIO(small.encoded), formats=("PNG",)) as image:
        return np.asarray(image)
