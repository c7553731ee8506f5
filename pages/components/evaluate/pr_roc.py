"""Precision–recall and ROC curve of one class: the effect of every threshold."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.components.shared.charts import percent_axis, reference_line
from pages.components.shared.text import percent, plain
from tlcore.data.task_words import TaskWords
from tlcore.evaluate.report import ClassCurve

HEIGHT = 300
FEW = 8  # points that are worth a mark each
INTRO = """
The model gives every {one} a probability of being “{label}”. Suppose it said “{label}” whenever that
probability reaches a **threshold**. A low threshold finds nearly all of the class but raises many false
alarms; a high one raises few but misses some. Each curve runs through all thresholds.
"""
PRECISION = """
**Average precision**: the average height of the curve. At 100 %, every {one} of this class has a higher
probability than all others. Guessing reaches {guessing} (the dashed line), the share of this class.
"""
ROC = """
**Area under the curve** (ROC AUC): how often a {one} of this class has a higher probability than one of
another class. Guessing reaches 50 % (the dashed line).
"""


def show(curve: ClassCurve, share: float, words: TaskWords, key: str, colour: str) -> None:
    """Both curves of a class.

    Args:
        share: how many of the test examples are of this class, as a share of all.
        key: names them on their page.
        colour: of the class.
    """
    st.markdown(INTRO.format(one=words.one, label=plain(curve.label)))
    if curve.average_precision is None:
        st.info(f"This class has no test {words.many}, so it has no curves.", icon=":material/info:")
        return
    as_table = st.toggle("As a table", key=f"{key}_as_table", persist_state="session")
    left, right = st.columns(2)
    with left, st.container(border=True):
        st.metric("Average precision", percent(curve.average_precision))
        points = {"Recall": curve.recall, "Precision": curve.precision}
        guessing = [[0, 100 * share], [100, 100 * share]]
        _one("Precision and recall", points, guessing, as_table, f"{key}_precision", colour)
        st.caption(PRECISION.format(one=words.one, guessing=percent(share)))
    with right, st.container(border=True):
        if curve.area is None:
            st.info(
                f"All test {words.many} are of this class, so there are no false alarms.",
                icon=":material/info:",
            )
            return
        st.metric("Area under the curve", percent(curve.area))
        points = {"False alarms": curve.false_alarms, "Recall": curve.found}
        _one("Recall and false alarms (ROC)", points, [[0, 0], [100, 100]], as_table, f"{key}_roc", colour)
        st.caption(ROC.format(one=words.one))


def _one(
    title: str,
    points: dict[str, tuple[float, ...]],
    guessing: list[list[float]],
    as_table: bool,
    key: str,
    colour: str,
) -> None:
    st.markdown(f"**{title}**")
    if as_table:
        shares = {name: [100 * value for value in values] for name, values in points.items()}
        number = st.column_config.NumberColumn(format="%.1f %%")
        st.dataframe(
            pd.DataFrame(shares),
            hide_index=True,
            height=HEIGHT,
            column_config=dict.fromkeys(points, number),
            alt=title,
        )
        return
    st.echarts_chart(spec(points, guessing, colour), height=HEIGHT, key=key, alt=title)


def spec(points: dict[str, tuple[float, ...]], guessing: list[list[float]], colour: str) -> dict[str, Any]:
    """A curve in percent, over the dashed line of guessing."""
    (across, xs), (up, ys) = points.items()
    data = [[round(100 * x, 2), round(100 * y, 2)] for x, y in zip(xs, ys, strict=True)]
    return {
        "animation": False,
        "grid": {"left": 26, "right": 22, "top": 12, "bottom": 26, "containLabel": True},
        "tooltip": {
            "trigger": "axis",
            "confine": True,
            "formatter": f"{across} {{@[0]}} %<br>{up} {{@[1]}} %",
        },
        "xAxis": percent_axis(across, 28),
        "yAxis": percent_axis(up, 46),
        "series": [
            {
                "type": "line",
                "data": data,
                "showSymbol": len(data) < FEW,
                "symbolSize": 5,
                "color": colour,
                "lineStyle": {"width": 2, "color": colour},
                "areaStyle": {"opacity": 0.08},
            },
            reference_line(guessing),
        ],
    }
