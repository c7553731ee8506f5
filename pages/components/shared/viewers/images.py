"""Showing pictures: one in full, or the thumbnails of many on one sheet."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from PIL import Image

from pages.components.browser.upload.upload import FOLDERS
from pages.components.shared.viewers import safe_preview
from pages.components.shared.viewers.viewer import ExamplePreviews, Viewer
from tlcore.data.dataset import Dataset

SHEET = 2048  # pixels, side of a sheet: at most about a megabyte
CELL = 96  # pixels, side of a thumbnail on it where there is room
# For WebP, which is smaller than JPEG and can be transparent around a picture.
QUALITY, EFFORT = 65, 2
GONE = "This picture is gone."


def small(dataset: Dataset, sha256: str) -> None:
    """The thumbnail of one picture."""
    path = dataset.thumbnail(sha256)
    if path.is_file():
        st.image(path, width="stretch", alt="")
    else:
        st.caption(GONE)


def large(dataset: Dataset, sha256: str) -> None:
    """One picture, or its thumbnail if only that is stored."""
    path = dataset.file(sha256)
    try:
        picture = safe_preview.of((path if path.is_file() else dataset.thumbnail(sha256)).read_bytes())
    except OSError:
        picture = safe_preview.Preview(refused=GONE)
    if picture.refused:
        st.caption(GONE)
    else:
        st.image(picture.encoded, alt="")


def glimpses(dataset: Dataset, shown: Sequence[str]) -> ExamplePreviews:
    """The thumbnails on one sheet; the more there are, the smaller they are."""
    return _sheet(str(dataset.folder), tuple(shown))


# Few, because each takes about a megabyte.
@st.cache_resource(max_entries=4, show_spinner="Loading the pictures …")
def _sheet(folder: str, shown: tuple[str, ...]) -> ExamplePreviews:
    dataset = Dataset(Path(folder))
    across = max(1, math.ceil(math.sqrt(len(shown))))
    cell = min(CELL, SHEET // across)
    sheet = Image.new("RGBA", (across * cell, max(1, math.ceil(len(shown) / across)) * cell))
    for place, sha256 in enumerate(shown):
        thumbnail = _reduced(dataset.thumbnail(sha256), cell)
        if thumbnail is not None:
            left, top = ((cell - side) // 2 for side in thumbnail.size)
            sheet.paste(thumbnail, (place % across * cell + left, place // across * cell + top))
    content = io.BytesIO()
    sheet.save(content, "WEBP", quality=QUALITY, method=EFFORT)
    address = "data:image/webp;base64," + base64.b64encode(content.getvalue()).decode()
    return ExamplePreviews(address, cell, across)


def _reduced(path: Path, side: int) -> Image.Image | None:
    """A thumbnail within a square; None if it is gone. Graft itself made this JPEG."""
    try:
        with Image.open(path) as thumbnail:
            thumbnail.draft("RGB", (side, side))
            small = thumbnail.convert("RGB")
            small.thumbnail((side, side), Image.Resampling.BILINEAR)
            return small
    except OSError:
        return None


VIEWER = Viewer(
    card=150,
    small=small,
    large=large,
    glimpses=glimpses,
    labelled=FOLDERS,
    options=lambda key: (),
)
