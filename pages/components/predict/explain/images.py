"""Explanation of a picture's answer: heatmap, effect of covering a part, nearest training pictures."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from pages.components.browser.brush.brush import brush, cover_picture
from pages.components.predict.answers import predictors
from pages.components.predict.explain import parts
from pages.components.predict.explain.heatmap_overlay import fit_to_picture, legend, overlay
from pages.components.shared.text import percent, plain
from pages.components.shared.viewers import safe_preview
from pages.components.shared.viewers.safe_preview import temporary_file
from tlcore.data.images.sandbox_worker import PREVIEW
from tlcore.errors import PictureError
from tlcore.runs.run import Run

HEAT = """
The lighter the colour, the more that place speaks for the class. The heatmap does not show *what* the model
saw there, nor whether that is a good reason, and it is coarse: {rows} × {columns} fields.
"""
NO_HEAT = "The heatmap found nothing in the picture that speaks for this class."
CUT = "The dark edges were cut off before the model saw the picture."
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


def _picture(copy: safe_preview.Preview) -> Image.Image:
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
    strength = st.slider("Strength", 0, 100, 60, 5, format="%d %%", key=f"{key}_strength")
    picture, fit = _picture(safe_preview.of(content)), run.config().fit
    shown = overlay(picture, fit_to_picture(heat, picture.size, fit), strength / 100)
    st.image(shown, width=min(PREVIEW, 2 * picture.width), alt=f"Heatmap for {label} over {name}")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("less", width="content")
        st.image(legend(), width=160, alt="Colours, from less heat to more")
        st.caption("more", width="content")
    rows, columns = heat.shape
    st.caption(HEAT.format(rows=rows, columns=columns) if heat.any() else NO_HEAT)
    if fit == "crop" and picture.width != picture.height:
        st.caption(CUT)
    if st.toggle("As a table", key=f"{key}_heat_table"):
        shares = [[percent(share, 0) for share in row] for row in heat.tolist()]
        names = [f"Column {at + 1}" for at in range(columns)]
        table = pd.DataFrame(shares, index=[f"Row {at + 1}" for at in range(rows)], columns=names)
        st.dataframe(table, key=f"{key}_heat_cells")


def _cover(run: Run, content: bytes, name: str, answer: dict[str, Any], key: str) -> None:
    """Brush, with the change in the probabilities beside it."""
    left, right = st.columns([3, 2])
    with left:
        marks = brush(_picture(safe_preview.of(content)), f"{key}_brush")
    with right:
        if marks:
            # From the same copy, so that only the covered part makes a difference.
            picture = _picture(safe_preview.exact_pixels(content))
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
