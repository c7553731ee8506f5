"""A segmenter's areas beside the true ones: answer, truth and mistakes, each drawn over the picture."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
import streamlit as st
from PIL import Image

from pages.components.shared.viewers import annotated, overlay
from tlcore.evaluate.segmentation import boundary
from tlcore.runs.question import Answer

LEGEND = "Red is wrong. Orange is wrong, too, but next to a true boundary, where people also differ."
RED, ORANGE = 5, 1  # colours of `overlay.colour`


def answered_map(answer: Answer) -> np.ndarray:
    """The class map of an answer, (h, w) uint8, at most 512 pixels a side."""
    with Image.open(io.BytesIO(base64.b64decode(answer["map"])), formats=("PNG",)) as image:
        return np.asarray(image)


def show(encoded: bytes, true: np.ndarray, answered: np.ndarray, labels: Sequence[str], name: str) -> None:
    """Three pictures side by side; on a phone one below the other.

    Args:
        encoded: the picture, of Graft's own.
        true: class map (h, w) uint8, 255 for what counts for nothing; `answered`: the same, of any size.
    """
    background = annotated.background_of(tuple(labels))
    fitted = fitted_to(true, answered)
    mistakes = boundary.mistake_map(fitted, answered)
    pictures = {
        "Answer": overlay.with_areas(encoded, answered, background),
        "What is there": overlay.with_areas(encoded, fitted, background),
        "Mistakes": overlay.with_areas(encoded, _coloured(mistakes), boundary.RIGHT),
    }
    for column, (title, drawn) in zip(st.columns(len(pictures)), pictures.items(), strict=True):
        column.image(drawn, title, width=overlay.width_of(encoded), alt=f"{title}: {name}")


def fitted_to(true: np.ndarray, answered: np.ndarray) -> np.ndarray:
    """The true class map at the size of the answered one."""
    height, width = answered.shape
    return np.asarray(Image.fromarray(true).resize((width, height), Image.Resampling.NEAREST))


def _coloured(mistakes: np.ndarray) -> np.ndarray:
    """A map of mistakes with the numbers of their colours."""
    colours = np.arange(256, dtype=np.uint8)
    colours[[boundary.NEAR, boundary.WRONG]] = ORANGE, RED
    return colours[mistakes]
