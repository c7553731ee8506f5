"""Boxes and areas over the webcam's live picture, with the answers in words beside it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from pages.components.shared.answers.place_words import NOTHING, say_answer, say_unlike
from pages.components.shared.selection.run_names import run_label
from pages.components.shared.viewers import annotated, area_comparison, found_objects, overlay
from tlcore.errors import printable
from tlcore.runs.question import Answer
from tlcore.runs.run import Run


def show(given: Sequence[tuple[Run, Answer]]) -> dict[str, Any]:
    """Draw each model's answer in words; returns what the browser draws of the first one.

    Returns:
        `boxes`, each with `edges` as shares of the picture's sides, a `colour` and a `text`; `veils`, a PNG
        for the area of each class, as data URLs.
    """
    for run, answer in given:
        if len(given) > 1:
            st.caption(run_label(run.id))
        st.subheader(say_answer(answer) or NOTHING, anchor=False)
        if unlike := say_unlike(answer):
            st.caption(unlike)
    run, answer = given[0]
    labels = run.labels()
    if "areas" in answer:
        return {"boxes": [], "veils": _veils(answer, labels)}
    size = answer["width"], answer["height"]
    boxes = [
        {
            "edges": overlay.shares([box[edge] for edge in found_objects.EDGES], size),
            "colour": overlay.colour(labels.index(box["label"])),
            "text": f"{printable(box['label'], found_objects.LONGEST_NAME)} {box['score']:.0%}",
        }
        for box in answer["boxes"]
    ]
    return {"boxes": boxes, "veils": []}


def _veils(answer: Answer, labels: Sequence[str]) -> list[str]:
    answered, background = area_comparison.answered_map(answer), annotated.background_of(tuple(labels))
    numbers = [number for number in np.unique(answered).tolist() if number != background]
    veils = [overlay.veil(answered, number) for number in numbers]
    return [f"data:image/png;base64,{base64.b64encode(veil).decode()}" for veil in veils]
