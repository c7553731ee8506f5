"""Why, for a picture: where its class is seen, what covering a part does, and which pictures are like it."""

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
The lighter the colour, the more what the model found there speaks for the class. It does not tell *what* it
found there, nor whether that is a good reason; and the map is coarse, of {rows} × {columns} fields.
"""
NO_HEAT = "Nothing in the picture speaks for this class, as far as this can see."
CUT = "What is dark was cut off before the model saw the picture."
COVERING = """
Where covering a part changes the chances much, the answer rests on that part. Small changes mean little: a
grey patch is something new to the model, too.
"""
LIKE = """
Of all pictures that the model has seen in training, these are the most alike to its eyes: 1 would be the
same, 0 nothing in common. They hint at what it goes by; they do not prove that it answered because of them.
"""


def show(run: Run, content: bytes, path: Path, name: str, answer: dict[str, Any], key: str) -> None:
    """The three parts, one below the other."""
    st.markdown("**Where it sees the class**")
    _heat(run, content, name, answer, key)
    st.markdown("**Cover a part and ask again**")
    _cover(run, content, name, answer, key)
    st.markdown("**The most alike in training**")
    parts.show_nearest(run, answer, LIKE, lambda near: _thumbnails(run, near))


def _picture(copy: safe_preview.Preview) -> Image.Image:
    """The picture upright and RGB, from a copy of our own making.

    Raises:
        PictureError: it cannot be read.
    """
    if copy.refused:
        raise PictureError(copy.refused)
    return Image.open(io.BytesIO(copy.encoded)).convert("RGB")


def _heat(run: Run, content: bytes, name: str, answer: dict[str, Any], key: str) -> None:
    """The picture under the heat of a class, which can be chosen."""
    label = parts.choose_class(answer, key)
    reasoned = parts.explained_answer(run, content, "", label)
    if predictors.show_refusal(reasoned, name):
        return
    heat = np.array(reasoned["why"]["heat"], np.float32)
    strength = st.slider("Strength of the colours", 0, 100, 60, 5, format="%d %%", key=f"{key}_strength")
    picture, fit = _picture(safe_preview.of(content)), run.config().fit
    shown = overlay(picture, fit_to_picture(heat, picture.size, fit), strength / 100)
    st.image(shown, width=min(PREVIEW, 2 * picture.width), alt=f"Heat for {label} over {name}")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("little", width="content")
        st.image(legend(), width=160, alt="The colours, from little heat to much")
        st.caption("much", width="content")
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
    """The brush, and beside it what became of the chances."""
    left, right = st.columns([3, 2])
    with left:
        marks = brush(_picture(safe_preview.of(content)), f"{key}_brush")
    with right:
        if marks:
            # Of the same copy, so that only what is covered can make a difference.
            picture = _picture(safe_preview.exact_pixels(content))
            before = _asked(run, picture)
            after = _asked(run, cover_picture(picture, marks))
            if not predictors.show_refusal(before, name) and not predictors.show_refusal(after, name):
                parts.show_changes(before, after, f"{key}_changes")
        else:
            st.caption("Nothing is covered yet.")
    st.caption(COVERING)


def _asked(run: Run, picture: Image.Image) -> dict[str, Any]:
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
                st.caption("This picture is gone from the data set.")
            st.markdown(f"{plain(one['label'])}  \n{one['similarity']:.2f} alike")
