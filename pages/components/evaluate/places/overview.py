"""Evaluate, overview of a detector or a segmenter: the score in figures and in a sentence."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.components.evaluate.results.report_cache import report_of
from pages.components.shared.runs import results
from pages.components.shared.text import percent, plain
from tlcore.evaluate.detection import sentences
from tlcore.evaluate.detection.average_precision import ObjectSize
from tlcore.evaluate.detection.score import DetectionScore
from tlcore.evaluate.segmentation.score import SegmentationScore
from tlcore.runs.run import Run

SIZES: dict[ObjectSize, str] = {
    "small": "Small: less than 32 × 32 pixels",
    "medium": "Medium: up to 96 × 96 pixels",
    "large": "Large: from 96 × 96 pixels",
}
BY_SIZE = """
Sizes are those of the boxes in the pictures as they came. Where small objects score much lower, train with
larger pictures: the Model page has their size.
"""


def show(run: Run) -> None:
    """The score on the test pictures."""
    report = report_of(run)
    results.headline(run, report.test)
    if report.test.detection:
        _objects(run, report.test.detection)
    if report.test.segmentation:
        _areas(run, report.test.segmentation)
    results.notes(run, report)


def _objects(run: Run, score: DetectionScore) -> None:
    st.markdown(
        f"{plain(sentences.summarise_objects(score))} An answer counts from a score of "
        f"**{percent(score.threshold, 0)}** on."
    )
    _link(run, "See the pictures with the most mistakes")
    rows = [
        {"Size": SIZES[one.size], "Objects": one.objects} | average_precisions(one.ap50, one.ap)
        for one in score.by_size
        if one.objects
    ]
    if rows:
        st.header("By size of object", anchor=False)
        st.dataframe(pd.DataFrame(rows), hide_index=True, alt="Scores by size of object")
        st.caption(BY_SIZE)


def _areas(run: Run, score: SegmentationScore) -> None:
    if score.pixel_accuracy is not None:
        st.markdown(
            f"The model gives **{percent(score.pixel_accuracy)}** of all pixels their true class. "
            "The mean IoU is stricter: each class counts the same, however small its area."
        )
    _link(run, "See the worst pictures")


def _link(run: Run, label: str) -> None:
    st.page_link(
        "pages/evaluate.py",
        label=label,
        icon=":material/arrow_forward:",
        query_params={"run": run.id, "section": "mistakes"},
    )


def average_precisions(ap50: float | None, ap: float | None) -> dict[str, str]:
    """The two average precisions for a table."""
    return {
        "AP at IoU 0.5": "–" if ap50 is None else f"{ap50:.3f}",
        "AP": "–" if ap is None else f"{ap:.3f}",
    }
