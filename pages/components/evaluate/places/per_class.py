"""Evaluate, class by class, of a detector or a segmenter."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.components.evaluate.places.overview import average_precisions
from pages.components.evaluate.results.report_cache import report_of
from pages.components.shared.text import escape_formulas, percent, plain
from tlcore.errors import printable
from tlcore.evaluate.detection import sentences
from tlcore.evaluate.detection.score import DetectionScore
from tlcore.evaluate.segmentation.score import SegmentationScore
from tlcore.runs.run import Run

MOST_SENTENCES = 8  # classes that get one
DETECTION = """
**Found**: of the objects of a class, the share that the model finds. **Right answers**: of its answers with
that class, the share that is right. **AP** sums up both over every threshold.
"""
SEGMENTATION = """
**IoU**: the area on which answer and truth agree, as a share of the area of both together. The shares are of
all pixels of the test pictures: a class whose share in the answers is smaller is found too rarely.
"""


def show(run: Run) -> None:
    """The score of each class as a table, the lowest first."""
    test = report_of(run).test
    if test.detection:
        _table(_detection_rows(test.detection), DETECTION)
        for label in test.detection.labels[:MOST_SENTENCES]:
            st.markdown(plain(sentences.summarise_class(test.detection, label)))
    if test.segmentation:
        _table(_segmentation_rows(test.segmentation), SEGMENTATION)


def _table(rows: list[dict[str, object]], explanation: str) -> None:
    st.dataframe(escape_formulas(pd.DataFrame(rows)), hide_index=True, alt="Scores of each class")
    st.caption(explanation)


def _detection_rows(score: DetectionScore) -> list[dict[str, object]]:
    return [
        {
            "Class": printable(one.label),
            "Objects": one.objects,
            "Found": percent(one.recall) if one.objects else "–",
            "Right answers": percent(one.precision) if one.answers else "–",
            **average_precisions(one.ap50, one.ap),
        }
        for one in sorted(score.per_class, key=lambda one: 2.0 if one.ap50 is None else one.ap50)
    ]


def _segmentation_rows(score: SegmentationScore) -> list[dict[str, object]]:
    return [
        {
            "Class": printable(one.label),
            "IoU": "–" if one.iou is None else f"{one.iou:.3f}",
            "Share of the pictures": percent(one.true),
            "Share in the answers": percent(one.answered),
        }
        for one in sorted(score.per_class, key=lambda one: 2.0 if one.iou is None else one.iou)
    ]
