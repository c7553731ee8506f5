"""Evaluate, the reliability diagram: whether answers that are 80 % sure are right in 80 of 100 cases.

Before and after the temperature; for a report without one, as the model is.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.components.evaluate.results.report_cache import current_reliability, report_of
from pages.components.shared.charts import palette
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import counted, percent
from tlcore.data.task_words import TaskWords
from tlcore.evaluate.report import Calibration, Reliability
from tlcore.runs.run import Run

HEIGHT = 320
GREY = "#8a9a9b"
NEAR = 0.05  # of 1: temperatures that change nothing that anybody sees
CONFIDENCE = """
**Confidence** is the chance that the model gives to its own answer. It can be believed when, of all answers
that are about 80 % sure, 80 of 100 are right: then the points lie on the dashed line. Below it the model
promises too much, above it too little.
"""
ERROR = """
**Expected calibration error**: the gap between promised and kept, on average over all answers. The interval
says how much of it may be chance (95 %, bootstrap): with few examples even a model without fault shows a gap.
"""
FIT_SOURCES = {
    "out-of-fold": "answers to training {many} by heads that had not seen them",
    "validation": "answers to the validation {many}",
}


def show(run: Run, words: TaskWords) -> None:
    """The sentence, the numbers and the diagram."""
    st.subheader("Can its confidence be believed?", anchor=False)
    st.markdown(CONFIDENCE)
    calibration = report_of(run).calibration
    if calibration is None:
        drawn = {"As it is": current_reliability(run)}
    elif calibration.before == calibration.after:
        drawn = {"As it is": calibration.after}
        st.markdown(_temperature(calibration, words))
    else:
        drawn = {"Before": calibration.before, "After": calibration.after}
        st.markdown(_temperature(calibration, words))
    with st.grid(len(drawn), min_column_width=220):
        for name, found in drawn.items():
            with st.container(border=True):
                low, high = found.interval
                st.metric(f"{name}: expected calibration error", percent(found.error))
                st.caption(f"95 % interval {percent(low)} to {percent(high)}. Loss {found.loss:.3f}.")
    st.caption(ERROR)
    with st.container(border=True):
        as_table = st.toggle("As a table", key="reliability_as_table", persist_state="session")
        if as_table:
            _table(drawn, words)
        else:
            st.echarts_chart(
                spec(drawn),
                height=HEIGHT,
                key=key_of("reliability", run.id),
                alt="Share of right answers by confidence",
            )
            st.caption(f"Each point stands for the {words.many} with about that confidence; larger for more.")


def _temperature(found: Calibration, words: TaskWords) -> str:
    """What the temperature is and did, in words."""
    by = FIT_SOURCES[found.fitted_on].format(many=words.many)
    if found.refused is not None:
        did = (
            f"It was left at 1, which changes nothing: {found.refused:.2g} was found, but would have made "
            f"the model less believable on the validation {words.many}"
        )
    elif abs(found.temperature - 1) < NEAR:
        did = f"It is {found.temperature:.2f}: the model was about as sure as it may be, so little changes"
    elif found.temperature > 1:
        did = f"It is {found.temperature:.2f}: the model was too sure, so all its chances are drawn together"
    else:
        did = f"It is {found.temperature:.2f}: the model was too doubtful, so all its chances are drawn apart"
    return (
        f"The model holds a **temperature**, one number that makes it more or less sure and never changes "
        f"what it answers. {did}. It was read off {counted(found.n, 'answer')}: {by}. No test {words.one} "
        "took part."
    )


def _table(drawn: dict[str, Reliability], words: TaskWords) -> None:
    number = st.column_config.NumberColumn(format="%.1f %%")
    st.dataframe(
        pd.DataFrame(
            [
                {
                    **({"When": name} if len(drawn) > 1 else {}),
                    "Confidence from": 100 * one.low,
                    "to": 100 * one.high,
                    f"Test {words.many}": one.n,
                    "Promised": 100 * one.confidence,
                    "Right": 100 * one.accuracy,
                }
                for name, found in drawn.items()
                for one in found.bins
                if one.n
            ]
        ),
        hide_index=True,
        column_config=dict.fromkeys(("Confidence from", "to", "Promised", "Right"), number),
        alt="Right answers by confidence",
    )


def spec(drawn: dict[str, Reliability]) -> dict[str, Any]:
    """Right over promised in percent, one line for each, over the dashed line of a model without fault."""
    axis = {
        "type": "value",
        "min": 0,
        "max": 100,
        "axisLabel": {"formatter": "{value} %"},
        "nameLocation": "middle",
    }
    return {
        "animation": False,
        "grid": {"left": 26, "right": 22, "top": 14, "bottom": 58, "containLabel": True},
        "legend": {"bottom": 0, "data": list(drawn)},
        "tooltip": {"trigger": "item", "confine": True},
        "xAxis": {"name": "confidence", "nameGap": 28, **axis},
        "yAxis": {"name": "right", "nameGap": 46, **axis},
        "series": [
            {
                "type": "line",
                "data": [[0, 0], [100, 100]],
                "silent": True,
                "symbol": "none",
                "lineStyle": {"type": "dashed", "width": 1, "color": GREY},
            },
            *(_line(name, found, number, len(drawn)) for number, (name, found) in enumerate(drawn.items())),
        ],
    }


def _line(name: str, found: Reliability, number: int, count: int) -> dict[str, Any]:
    """The last is what the model is now: full and in the first colour; the one before it is fainter."""
    now = number == count - 1
    colour = palette()[0 if now else 1]
    most = max([1, *(one.n for one in found.bins)])
    return {
        "name": name,
        "type": "line",
        "color": colour,
        "symbol": "circle" if now else "diamond",
        "data": [
            {
                "value": [round(100 * one.confidence, 1), round(100 * one.accuracy, 1), one.n],
                "symbolSize": round(6 + 16 * (one.n / most) ** 0.5),
            }
            for one in found.bins
            if one.n
        ],
        "lineStyle": {"width": 2 if now else 1, "type": "solid" if now else "dotted", "color": colour},
        "itemStyle": {"color": colour, "opacity": 0.85},
        "tooltip": {"formatter": f"{name}: {{@[2]}} answers<br>{{@[0]}} % sure<br>{{@[1]}} % right"},
    }
