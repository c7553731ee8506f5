"""Reliability diagram: of the answers that are 80 % sure, 80 of 100 should be right.

Before and after the temperature; for a report without one, as the model is.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.components.evaluate.results.report_cache import current_reliability, report_of
from pages.components.shared.charts import palette, percent_axis, reference_line
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import counted, interval_text, percent
from tlcore.data.task_words import TaskWords
from tlcore.evaluate.reliability import Calibration, Reliability
from tlcore.runs.run import Run

HEIGHT = 320
NEAR = 0.05  # of 1: temperatures that change nothing visible
CONFIDENCE = """
**Confidence** is how sure the model says it is. You can trust it if, of 100 answers that are about 80 % sure,
80 are right: then the points lie on the dashed line. Below it the model is too sure, above it too cautious.
"""
ERROR = """
**Expected calibration error**: the gap between confidence and right answers, averaged over all answers. Part
of it can be chance: with few examples even a perfect model shows a gap (95 % interval from a bootstrap).
"""
FIT_SOURCES = {
    "out-of-fold": "answers to training {many} by heads that had not learned from them",
    "validation": "answers to the validation {many}",
}


def show(run: Run, words: TaskWords) -> None:
    """Sentence, numbers and diagram."""
    st.header("Can you trust its confidence?", anchor=False)
    st.markdown(CONFIDENCE)
    calibration = report_of(run).calibration
    if calibration is None:
        drawn = {"Now": current_reliability(run)}
    elif calibration.before == calibration.after:
        drawn = {"Now": calibration.after}
        st.markdown(_temperature(calibration, words))
    else:
        drawn = {"Before": calibration.before, "After": calibration.after}
        st.markdown(_temperature(calibration, words))
    with st.grid(len(drawn), min_column_width=220):
        for name, found in drawn.items():
            with st.container(border=True):
                st.metric(f"{name}: expected calibration error", percent(found.error))
                st.caption(f"95 % interval {interval_text(found.interval)}. Loss {found.loss:.3f}.")
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
            st.caption(
                f"Each point stands for the {words.many} with about that confidence: the larger, the more."
            )


def _temperature(found: Calibration, words: TaskWords) -> str:
    """Sentences on the temperature and its effect."""
    source = FIT_SOURCES[found.fitted_on].format(many=words.many)
    if found.refused is not None:
        effect = (
            f"It stayed at 1, which changes nothing: {found.refused:.2g} fitted best, but made its "
            f"confidence worse on the validation {words.many}"
        )
    elif abs(found.temperature - 1) < NEAR:
        effect = f"It is {found.temperature:.2f}: the confidence was about right, so little changes"
    elif found.temperature > 1:
        effect = f"It is {found.temperature:.2f}: the model was too sure, so its confidence is lowered"
    else:
        effect = f"It is {found.temperature:.2f}: the model was too cautious, so its confidence is raised"
    return (
        f"The **temperature** is one number that makes the model more or less sure. It never changes its "
        f"answers. {effect}. It was fitted on {counted(found.n, 'answer')} ({source}), never on a test "
        f"{words.one}."
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
                    "Confidence": 100 * one.confidence,
                    "Right": 100 * one.accuracy,
                }
                for name, found in drawn.items()
                for one in found.bins
                if one.n
            ]
        ),
        hide_index=True,
        column_config=dict.fromkeys(("Confidence from", "to", "Confidence", "Right"), number),
        alt="Right answers by confidence",
    )


def spec(drawn: dict[str, Reliability]) -> dict[str, Any]:
    """Right answers over confidence in percent, a line for each, over the dashed line of a perfect model."""
    return {
        "animation": False,
        "grid": {"left": 26, "right": 22, "top": 14, "bottom": 58, "containLabel": True},
        "legend": {"bottom": 0, "data": list(drawn)},
        "tooltip": {"trigger": "item", "confine": True},
        "xAxis": percent_axis("confidence", 28),
        "yAxis": percent_axis("right", 46),
        "series": [
            reference_line([[0, 0], [100, 100]]),
            *(_line(name, found, number, len(drawn)) for number, (name, found) in enumerate(drawn.items())),
        ],
    }


def _line(name: str, found: Reliability, number: int, count: int) -> dict[str, Any]:
    """A solid line in the first colour for the model as it is now, a fainter one for the state before."""
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
