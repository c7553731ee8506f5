"""Evaluate, threshold of a detector: the score from which on an answer counts, by what costs more."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components.evaluate.results.report_cache import report_of
from pages.components.shared.charts import palette, percent_axis
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import counted, percent, show_error, show_errors
from tlcore.errors import GraftError
from tlcore.evaluate import confidence_threshold
from tlcore.evaluate.confidence_threshold import ConfidenceThreshold
from tlcore.evaluate.detection import sentences
from tlcore.evaluate.detection.threshold import COSTS, ThresholdCurve, choose_threshold
from tlcore.runs.run import Run

HEIGHT = 280
MOST_SHOWN = 4  # false alarms on the chart for each object: beyond that no threshold is of use
QUESTION = """
The model gives each object that it sees a **score**. Below a threshold an answer does not count. A low one
finds more objects, and more where there are none. What is worse for you?
"""
OPTIMISM = """
Counted on the {pictures} of the validation split, by which the threshold is chosen. The scores and confusions
of the test pictures on this page stay those of the model's own threshold, {own}.
"""


def show(run: Run) -> None:
    """The choice, its effect and its curve."""
    score = report_of(run).test.detection
    if score is None or not score.curve.thresholds:
        st.info("The model gave no answer to the validation pictures.", icon=":material/info:")
        return
    st.header("From which score on should an object count?", anchor=False)
    st.markdown(QUESTION)
    st.fragment(show_errors(_choose))(run, score.curve, score.threshold)


def _choose(run: Run, curve: ThresholdCurve, own: float) -> None:
    """The slider, what it brings, and the button that saves it. Drawn alone when the slider moves."""
    current = confidence_threshold.read_for(run.folder, run.edition(), own)
    with st.container(horizontal=True):
        st.caption("← false alarms", width="content")
        st.space("stretch")
        st.caption("misses →", width="content")
    cost = st.select_slider(
        "What is worse",
        COSTS,
        value=_cost_of(curve, current),
        format_func=_cost_name,
        key=key_of("cost", run.id),
        label_visibility="collapsed",
    )
    threshold = choose_threshold(curve, cost)
    found, false_alarms = curve.counts_at(threshold)
    with st.grid(3, min_column_width=150):
        st.metric("Threshold", percent(threshold, 0), border=True)
        share = found / curve.objects if curve.objects else 0.0
        st.metric("Objects found", percent(share), border=True)
        st.metric("False alarms", f"{false_alarms:,}", border=True)
    st.markdown(sentences.describe_threshold(curve, threshold))
    _save(run, threshold, current)
    with st.container(border=True):
        st.markdown("**Effect of every threshold**")
        st.echarts_chart(
            spec(curve, threshold),
            height=HEIGHT,
            key=key_of("threshold_curve", run.id),
            alt="Share of objects that are found, by the number of false alarms",
        )
    pictures = counted(curve.pictures, "picture")
    st.caption(OPTIMISM.format(pictures=pictures, own=percent(own, 0)))


def _cost_of(curve: ThresholdCurve, threshold: float) -> float:
    """The cost that gives this threshold; the even one where none does."""
    fitting = [cost for cost in COSTS if choose_threshold(curve, cost) == threshold]
    return 1.0 if 1.0 in fitting or not fitting else fitting[0]


def _cost_name(cost: float) -> str:
    if cost == 1:
        return "both are equally bad"
    kind = "a miss" if cost > 1 else "a false alarm"
    return f"{kind} is {max(cost, 1 / cost):.0f} times as bad"


def _save(run: Run, threshold: float, current: float) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Save threshold", icon=":material/bookmark:", disabled=threshold == current):
            try:
                confidence_threshold.write(run.folder, ConfidenceThreshold(threshold, run.edition()))
                st.rerun()
            except GraftError as error:
                show_error(error)
        st.caption(
            f"In use: **{percent(current, 0)}**, on the Predict page and in the downloaded model.",
            width="stretch",
        )


def spec(curve: ThresholdCurve, threshold: float) -> dict[str, Any]:
    """Found objects in percent over false alarms, with a mark at the chosen threshold."""
    found, alarms = curve.counts_at(threshold)
    return {
        "animation": False,
        "grid": {"left": 26, "right": 22, "top": 14, "bottom": 26, "containLabel": True},
        "tooltip": {
            "trigger": "axis",
            "confine": True,
            "formatter": "{@[0]} false alarms<br>{@[1]} % found",
        },
        "xAxis": {
            "type": "value",
            "name": "false alarms",
            "nameGap": 28,
            "nameLocation": "middle",
            "max": max(alarms, min(MOST_SHOWN * curve.objects, max(curve.false_alarms)), 1),
            "minInterval": 1,
        },
        "yAxis": percent_axis("objects found", 46),
        "series": _series(curve, found, alarms),
    }


def _series(curve: ThresholdCurve, found: int, alarms: int) -> list[dict[str, Any]]:
    """The line, and the mark at the chosen point."""
    colours, objects = palette(), max(1, curve.objects)
    line = [
        [alarms, round(100 * (curve.objects - missed) / objects, 1)]
        for alarms, missed in zip(curve.false_alarms, curve.not_found, strict=True)
    ]
    return [
        {
            "type": "line",
            "data": line,
            "showSymbol": False,
            "color": colours[0],
            "lineStyle": {"width": 2, "color": colours[0]},
        },
        {
            "type": "scatter",
            "data": [[alarms, round(100 * found / objects, 1)]],
            "symbol": "diamond",
            "symbolSize": 16,
            "itemStyle": {"color": colours[1], "opacity": 1},
            "tooltip": {"show": False},
            "z": 3,
        },
    ]
