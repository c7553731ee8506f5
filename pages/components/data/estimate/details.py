"""The estimate in full: by class, with fewer and more examples, the map, the labels to check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from pages.components.data.estimate import sentences
from pages.components.shared.analyses.analysed import AnalysedExamples
from pages.components.shared.analyses.embedding_map import embedding_map
from pages.components.shared.analyses.labels import label_errors
from pages.components.shared.charts import palette, percent_axis
from pages.components.shared.datasets import preparation
from pages.components.shared.selection.chooser import choose_segment
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import escape_formulas, show_error
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest
from tlcore.data.task_words import WORDS, TaskWords
from tlcore.errors import printable
from tlcore.evaluate.estimate.record import Estimate

HEIGHT = 260  # pixels of the curve
Part = Callable[[Dataset, Manifest, Estimate], None]


def show(dataset: Dataset, manifest: Manifest, found: Estimate) -> None:
    """One part at a time: the map and the cards are heavy."""
    parts: dict[str, tuple[str, Part]] = {
        "classes": ("Class by class", _classes),
        "curve": (f"More {WORDS[manifest.task].many}", _curve),
        "labels": ("Labels to check", _labels),
        "map": ("Map", _map),
    }
    chosen = choose_segment(
        "Part of the estimate",
        {name: title for name, (title, _) in parts.items()},
        "classes",
        key=key_of("estimate_part", dataset.id),
        label_visibility="collapsed",
    )
    parts[chosen or "classes"][1](dataset, manifest, found)


def _classes(dataset: Dataset, manifest: Manifest, found: Estimate) -> None:
    words = WORDS[manifest.task]
    st.markdown(sentences.classes(found))
    rows = [
        {"Class": printable(one.label), "Right": 100 * one.right / one.n, words.many.capitalize(): one.n}
        for one in sentences.rank(found)
    ]
    st.dataframe(
        escape_formulas(pd.DataFrame(rows)),
        hide_index=True,
        column_config={
            "Right": st.column_config.ProgressColumn(format="%.0f %%", min_value=0, max_value=100)
        },
        key=key_of("estimate_classes", dataset.id),
        alt="Estimated share of right answers, by class",
    )
    st.caption(f"The share of right answers among the {words.many} of each class, the hardest first.")


def _curve(dataset: Dataset, manifest: Manifest, found: Estimate) -> None:
    words = WORDS[manifest.task]
    st.markdown(sentences.curve(found, words))
    st.echarts_chart(
        curve_spec(found, words),
        height=HEIGHT,
        key=key_of("estimate_curve", dataset.id),
        alt=f"Estimated share of right answers by the number of {words.many} to learn from",
    )
    st.caption(
        "The bars are 95 % intervals. Each head learns from four fifths of what it may and answers the rest."
    )


def curve_spec(found: Estimate, words: TaskWords) -> dict[str, Any]:
    """The curve for ECharts, each point with its interval, and the forecast as a dashed line."""
    colour = palette()[0]
    points = [[point.examples, _percent(point.accuracy)] for point in found.curve]
    lowest = min([point.interval[0] for point in found.curve] or [0.0])
    series: list[dict[str, Any]] = [
        {"type": "line", "name": "right", "color": colour, "data": points, "symbolSize": 8},
        *(_interval(point.examples, point.interval, colour) for point in found.curve),
    ]
    if found.forecast is not None and points:
        ahead = [2 * found.curve[-1].examples, _percent(found.forecast)]
        line = {"type": "dashed", "width": 2}
        series.append(
            {
                "type": "line",
                "name": "forecast",
                "color": colour,
                "lineStyle": line,
                "data": [points[-1], ahead],
            }
        )
    return {
        "animation": False,
        "grid": {"left": 26, "right": 22, "top": 14, "bottom": 34, "containLabel": True},
        "tooltip": {"trigger": "item", "confine": True},
        "xAxis": {
            "type": "value",
            "name": f"{words.many} to learn from",
            "nameLocation": "middle",
            "nameGap": 28,
            "min": 0,
        },
        "yAxis": percent_axis("right", 46, 10 * int(10 * lowest)),
        "series": series,
    }


def _interval(x: int, interval: tuple[float, float], colour: str) -> dict[str, Any]:
    """A vertical line between two shares."""
    low, high = interval
    return {
        "type": "line",
        "data": [[x, _percent(low)], [x, _percent(high)]],
        "color": colour,
        "lineStyle": {"width": 2, "opacity": 0.5},
        "symbol": "none",
        "silent": True,
    }


def _percent(share: float) -> float:
    return round(100 * share, 1)


def _map(dataset: Dataset, manifest: Manifest, found: Estimate) -> None:
    source = _source(dataset, manifest, found)
    if not found.analysis.points:
        _offer_rest(dataset, manifest, "The map is not drawn yet.")
        return
    embedding_map.show(replace(source, id=f"{dataset.id}_{found.version}"))


def _offer_rest(dataset: Dataset, manifest: Manifest, missing: str) -> None:
    """That a part is `missing` yet, and a button where nobody is at work on it."""
    st.markdown(missing)
    job = preparation.current(dataset, manifest.version)
    if job is None or preparation.is_busy(job):
        return
    if error := preparation.failure(job):
        show_error(error)
    if st.button(
        "Go on with the estimate", icon=":material/insights:", key=key_of("estimate_rest", dataset.id)
    ):
        preparation.start(dataset, job.config())
        st.rerun()


def _labels(dataset: Dataset, manifest: Manifest, found: Estimate) -> None:
    if not found.analysis.examples:
        _offer_rest(dataset, manifest, "The labels are not checked yet.")
        return
    label_errors.show(_source(dataset, manifest, found), manifest)


def _source(dataset: Dataset, manifest: Manifest, found: Estimate) -> AnalysedExamples:
    return AnalysedExamples(
        dataset.id, dataset, manifest.task, found.analysis, only_test=False, classes=manifest.classes
    )
