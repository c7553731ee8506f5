"""Explanation of a picture's answer: heatmap, effect of covering a part, nearest training pictures."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from pages.components.browser.brush.brush import brush, cover_picture
from pages.components.predict.explain import heat_view, parts
from pages.components.shared.answers import predictors
from pages.components.shared.text import plain
from pages.components.shared.viewers import safe_preview
from pages.components.shared.viewers.safe_preview import temporary_file
from tlcore.errors import PictureError
from tlcore.runs.run import Run

COVERING = """
If covering a part changes the probabilities a lot, the answer depends on that part. Ignore small changes: a
grey patch is new to the model, too.
"""


def show(run: Run, content: bytes, path: Path, name: str, answer: dict[str, Any], key: str) -> None:
    """Heatmap, brush and nearest pictures, one below the other."""
    st.markdown("**Heatmap**")
    _heat(run, content, name, answer, key)
    st.markdown("**Cover a part and ask again**")
    _cover(run, content, name, answer, key)
    st.markdown("**Most alike in training**")
    parts.show_nearest(run, answer, "pictures", lambda near: _thumbnails(run, near))


def picture_of(copy: safe_preview.Preview) -> Image.Image:
    """Picture, upright and RGB, from a copy that Graft made.

    Raises:
        PictureError: it cannot be read.
    """
    if copy.refused:
        raise PictureError(copy.refused)
    return Image.open(io.BytesIO(copy.encoded)).convert("RGB")


def _heat(run: Run, content: bytes, name: str, answer: dict[str, Any], key: str) -> None:
    """Picture under the heatmap of the chosen class."""
    label = parts.choose_class(answer, key)
    reasoned = parts.explained_answer(run, content, "", label)
    if predictors.show_refusal(reasoned, name):
        return
    heat = np.array(reasoned["why"]["heat"], np.float32)
    picture = picture_of(safe_preview.of(content))
    alt = f"Heatmap for {label} over {name}"
    heat_view.show(picture, heat, run.config().fit, key, what="class", alt=alt)


def _cover(run: Run, content: bytes, name: str, answer: dict[str, Any], key: str) -> None:
    """Brush, with the change in the probabilities beside it."""
    left, right = st.columns([3, 2])
    with left:
        marks = brush(picture_of(safe_preview.of(content)), f"{key}_brush")
    with right:
        if marks:
            # From the same copy, so that only the covered part makes a difference.
            picture = picture_of(safe_preview.exact_pixels(content))
            before = _answer(run, picture)
            after = _answer(run, cover_picture(picture, marks))
            if not predictors.show_refusal(before, name) and not predictors.show_refusal(after, name):
                parts.show_changes(before, after, f"{key}_changes")
        else:
            st.caption("You have covered nothing yet.")
    st.caption(COVERING)


def _answer(run: Run, picture: Image.Image) -> dict[str, Any]:
    content = io.BytesIO()
    picture.save(content, "BMP")  # exact, and quicker than what compresses
    with temporary_file(content.getvalue()) as path:
        return predictors.answer(run, content.getvalue(), path)


def _thumbnails(run: Run, near: list[dict[str, Any]]) -> None:
    dataset = run.dataset()
    for place, one in zip(st.columns(len(near)), near, strict=True):
        thumbnail = dataset.thumbnail(one["sha256"])
        with place:
            if thumbnail.is_file():
                st.image(thumbnail.read_bytes(), width="stretch", alt=one["label"])
            else:
                st.caption("This picture is no longer in the data set.")
            st.markdown(f"{plain(one['label'])}  \n{one['similarity']:.2f}")
