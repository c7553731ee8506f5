"""Evaluate, confusions of a detector: which objects it missed, invented or called something else.

You choose a cell on the chart or in a box; the box works without a mouse, too.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.components.evaluate.places import boxes
from pages.components.evaluate.results.confusion_chart import (
    MOST_NUMBERED,
    ConfusionCounts,
    chosen_cell,
    height,
    spec,
)
from pages.components.evaluate.results.report_cache import follow_click, report_of
from pages.components.shared.selection.chooser import choose_or_none
from pages.components.shared.selection.keys import key_of, key_part
from pages.components.shared.selection.labels import class_labels
from pages.components.shared.text import percent
from pages.components.shared.viewers.found_objects import Pair
from tlcore.evaluate.detection.score import DetectionScore, PictureBoxes
from tlcore.runs.run import Run

ObjectCell = tuple[str | None, str | None]  # class, answer; None: there is no object, or no answer
INVENTED, MISSED = "invented", "missed"
EXPLANATION = """
Rows are the objects of a class, columns the model's answers. The last column counts objects that it
**missed**, the last row answers where there is **no object**. Answers on the diagonal are right. Click a cell
to see its pictures.
"""


def show(run: Run) -> None:
    """Matrix of the objects in the test pictures, and the pictures of the chosen cell."""
    score = report_of(run).test.detection
    cells = _cells(score) if score else {}
    if score is None or not cells:
        st.info("There is no object in the test pictures, and no answer.", icon=":material/info:")
        return
    st.caption(f"{EXPLANATION} Answers count from a score of {percent(score.threshold, 0)} on.")
    key = key_part(run.id)
    clicked = _chart(score, key)
    box = f"cell_{key}"
    follow_click(box, clicked, cells, next(iter(cells)))
    chosen = choose_or_none(
        "Objects in the cell", _cell_names(cells, score), placeholder="Choose a cell", key=box
    )
    if chosen:
        _pictures(run, score, chosen)
    elif clicked:
        st.markdown("There is nothing in this cell.")


def _chart(score: DetectionScore, key: str) -> ObjectCell | None:
    """Draw the chart; returns the clicked cell."""
    # Half of the objects missed is nothing rare: colours go on to all of them.
    names = (*score.labels, f"({INVENTED})"), (*score.labels, f"({MISSED})")
    counts = ConfusionCounts(*names, score.confusion, "objects", full_colour=1.0)
    event = st.echarts_chart(
        spec(counts),
        height=height(counts),
        key=f"confusion_{key}",
        on_select="rerun",
        renderer="svg" if len(score.labels) < MOST_NUMBERED else "canvas",
        alt="Confusion matrix: what objects of each class were taken for, missed and invented ones",
    )
    at = chosen_cell(event, counts)
    return None if at is None else _cell_at(score, *at)


def _cell_at(score: DetectionScore, row: int, column: int) -> ObjectCell:
    names = (*score.labels, None)
    return names[row], names[column]


def _cells(score: DetectionScore) -> dict[ObjectCell, int]:
    """Non-empty cells, the mistakes first, the most frequent first."""
    found = {
        _cell_at(score, row, column): count
        for row, counts in enumerate(score.confusion)
        for column, count in enumerate(counts)
        if count
    }
    return dict(sorted(found.items(), key=lambda item: (item[0][0] == item[0][1], -item[1])))


def _cell_names(cells: Mapping[ObjectCell, int], score: DetectionScore) -> dict[ObjectCell, str]:
    shown = class_labels(score.labels)

    def name(label: str | None, answer: str | None) -> str:
        if label is None or answer is None:
            return f"{shown[answer]}, {INVENTED}" if answer else f"{shown[label or '']}, {MISSED}"
        return f"{shown[label]}, " + ("found" if label == answer else f"taken for {shown[answer]}")

    return {cell: f"{name(*cell)} ({count:,})" for cell, count in cells.items()}


def _pictures(run: Run, score: DetectionScore, chosen: ObjectCell) -> None:
    """The pictures of a cell, those with the most of its objects first."""
    shows_all = st.toggle("Show the other objects, too", key="whole_picture", persist_state="session")
    found: dict[str, tuple[PictureBoxes, list[Pair]]] = {}
    for picture, true, answer in score.boxes_of(*chosen):
        found.setdefault(picture.sha256, (picture, []))[1].append((true, answer))
    shown = sorted(found.values(), key=lambda one: -len(one[1]))
    if not shown:
        st.caption("The report lists only the pictures with the most mistakes: none is of this cell.")
        return
    boxes.show_pictures(
        run,
        [(picture, tuple(picture.cells()) if shows_all else pairs) for picture, pairs in shown],
        key_of("behind", run.id, *(name or "" for name in chosen)),
    )
