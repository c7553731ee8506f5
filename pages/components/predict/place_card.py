"""Predict: one picture with each model's boxes or areas drawn over it, beside what a person drew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from pages.components.predict.explain import explanation
from pages.components.shared.answers import predictors
from pages.components.shared.answers.place_words import NOTHING, say_answer, say_likeness, say_unlike
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import escape_formulas, plain, show_error
from pages.components.shared.viewers import annotated, area_comparison, found_objects, overlay, safe_preview
from pages.components.shared.viewers.safe_preview import temporary_file
from tlcore.data.manifest import Example
from tlcore.errors import PictureError, printable
from tlcore.evaluate.detection import sentences
from tlcore.evaluate.detection.objects import Detections, objects_of
from tlcore.evaluate.detection.score import PictureBoxes, match_picture
from tlcore.evaluate.segmentation.overlap import areas, count_pixels, intersection_over_union
from tlcore.runs.question import Answer
from tlcore.runs.run import Run

FORMATS = {"Share of the picture": "percent", "Score": "percent", "Width": "%.0f px", "Height": "%.0f px"}


def show(runs: tuple[Run, ...], name: str, content: bytes, key: str, example: Example | None = None) -> None:
    """One picture with each model's answer. It is decoded in the sandbox first.

    Args:
        example: where somebody has drawn in it what is there.
    """
    small = safe_preview.of(content)
    if small.refused:
        show_error(PictureError(small.refused, received=name))
        return
    encoded = overlay.lowered(small.encoded)
    for run in runs:
        with temporary_file(content) as path:
            answer = predictors.answer(run, content, path)
        if predictors.show_refusal(answer, name):
            continue
        with st.container(border=True, key=key_of(key, run.id)):
            is_drawn = _heading(answer, name, key_of("drawn", run.id, key))
            if unlike := say_unlike(answer):
                st.warning(unlike, icon=":material/travel_explore:")
            if "areas" in answer:
                _areas(run, answer, encoded, example, is_drawn)
            else:
                _boxes(run, answer, encoded, example, is_drawn)
            explanation.show(run, content, Path(), name, answer, key_of("why", run.id, key))


def _heading(answer: Answer, name: str, key: str) -> bool:
    """The answer in words; returns whether it is to be drawn."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(say_answer(answer) or NOTHING, anchor=False, width="content")
        st.caption(plain(printable(name)), width="content")
        st.space("stretch")
        title = "Show the areas" if "areas" in answer else "Show the boxes"
        return st.toggle(title, value=True, key=key)


def _boxes(run: Run, answer: Answer, encoded: bytes, example: Example | None, is_drawn: bool) -> None:
    """The picture with its boxes; at the right what a person drew, or each object in figures."""
    labels, size = run.labels(), (answer["width"], answer["height"])
    picture = _matched(answer, example, labels)
    marks: list[overlay.DrawnBox] = []
    if is_drawn and example:
        marks = found_objects.marks(picture.cells(), size, labels)
    elif is_drawn:
        marks = found_objects.answer_marks(picture, size, labels)
    width = overlay.width_of(encoded)
    left, middle, right = st.columns([2, 2, 1]) if example else (*st.columns([2, 3]), st.empty())
    title = "Answer" if example else None
    left.image(overlay.with_boxes(encoded, marks), title, width=width, alt=say_answer(answer))
    if example is None:
        with middle:
            _objects(answer)
        return
    truth = found_objects.truth_marks(picture, size, labels) if is_drawn else []
    drawn = overlay.with_boxes(encoded, truth)
    middle.image(drawn, "What is there", width=width, alt=annotated.alt(example))
    with right:
        st.markdown(f"**{sentences.summarise_picture(picture)}**")
        st.caption(found_objects.LEGEND)
    with st.expander("In figures"):
        _objects(answer)


def _objects(answer: Answer) -> None:
    """Each object in figures."""
    _table(
        [
            {
                "Class": printable(box["label"]),
                "Score": box["score"],
                "Width": box["right"] - box["left"],
                "Height": box["bottom"] - box["top"],
                "In training": say_likeness(box),
            }
            for box in answer["boxes"]
        ]
    )


def _matched(answer: Answer, example: Example | None, labels: tuple[str, ...]) -> PictureBoxes:
    """The answer, matched to what a person drew."""
    boxes = answer["boxes"]
    found = Detections(
        np.array([[box[edge] for edge in found_objects.EDGES] for box in boxes], float).reshape(-1, 4),
        np.array([box["score"] for box in boxes], float),
        np.array([labels.index(box["label"]) for box in boxes], int),
    )
    truth = objects_of(example or Example("", "", ""), labels)
    return match_picture(("", ""), truth, found, answer["threshold"])


def _areas(run: Run, answer: Answer, encoded: bytes, example: Example | None, is_drawn: bool) -> None:
    """The picture with its areas; of a held-out one truth and mistakes, too."""
    labels, answered = run.labels(), area_comparison.answered_map(answer)
    true = _true_map(run, example) if example else None
    if true is not None and is_drawn:
        counts = count_pixels(area_comparison.fitted_to(true, answered), answered, len(labels))
        overlaps = intersection_over_union(areas(counts))
        if np.isfinite(overlaps).any():
            st.markdown(f"**Mean IoU {np.nanmean(overlaps):.3f}**. {area_comparison.LEGEND}")
        area_comparison.show(encoded, true, answered, labels, say_answer(answer))
        return
    tinted = overlay.with_areas(encoded, answered, annotated.background_of(labels)) if is_drawn else encoded
    left, right = st.columns([2, 3])
    left.image(tinted, width=overlay.width_of(encoded), alt=say_answer(answer))
    with right:
        _table(
            [
                {"Class": printable(label), "Share of the picture": share}
                for label, share in answer["areas"].items()
            ]
        )


def _true_map(run: Run, example: Example) -> np.ndarray | None:
    try:
        return annotated.small_map(run.dataset(), example)
    except OSError:
        return None


def _table(rows: list[dict[str, Any]]) -> None:
    if not rows:
        st.caption("Nothing was found.")
        return
    st.dataframe(
        escape_formulas(pd.DataFrame(rows)),
        hide_index=True,
        column_config={
            name: st.column_config.NumberColumn(format=form)
            for name, form in FORMATS.items()
            if name in rows[0]
        },
        alt="The answer in figures",
    )
