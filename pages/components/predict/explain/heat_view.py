"""A heatmap over its picture, with its legend, its meaning, and the same as a table."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from pages.components.predict.explain.heatmap_overlay import fit_to_picture, legend, overlay
from pages.components.shared.text import percent
from pages.components.shared.viewers.overlay import DrawnBox, with_boxes
from tlcore.config import Fit
from tlcore.data.images.sandbox_worker import PREVIEW

HEAT = """
The lighter the colour, the more that place speaks for the {what}. The heatmap does not show *what* the model
saw there, nor whether that is a good reason, and it is coarse: {rows} × {columns} fields.
"""
NO_HEAT = "The heatmap found nothing in the picture that speaks for this {what}."
CUT = "The dark edges were cut off before the model saw the picture."


def show(
    picture: Image.Image,
    heat: np.ndarray,
    fit: Fit,
    key: str,
    *,
    what: str,
    alt: str,
    mark: DrawnBox | None = None,
) -> None:
    """Draw it.

    Args:
        picture: upright and RGB, of Graft's own.
        heat: (rows, columns), 0 to 1, on the square that the model sees, where the picture lies by `fit`.
        what: the thing that is explained: "class" or "object".
        mark: a box around it.
    """
    strength = st.slider("Strength", 0, 100, 60, 5, format="%d %%", key=f"{key}_strength")
    mixed = overlay(picture, fit_to_picture(heat, picture.size, fit), strength / 100)
    shown = _marked(mixed, mark) if mark else mixed
    st.image(shown, width=min(PREVIEW, 2 * picture.width), alt=alt)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("less", width="content")
        st.image(legend(), width=160, alt="Colours, from less heat to more")
        st.caption("more", width="content")
    rows, columns = heat.shape
    st.caption((HEAT if heat.any() else NO_HEAT).format(what=what, rows=rows, columns=columns))
    if fit == "crop" and picture.width != picture.height:
        st.caption(CUT)
    if st.toggle("As a table", key=f"{key}_heat_table"):
        shares = [[percent(share, 0) for share in row] for row in heat.tolist()]
        names = [f"Column {at + 1}" for at in range(columns)]
        table = pd.DataFrame(shares, index=[f"Row {at + 1}" for at in range(rows)], columns=names)
        st.dataframe(table, key=f"{key}_heat_cells")


def _marked(picture: Image.Image, mark: DrawnBox) -> bytes:
    content = io.BytesIO()
    picture.save(content, "PNG")
    return with_boxes(content.getvalue(), [mark])
