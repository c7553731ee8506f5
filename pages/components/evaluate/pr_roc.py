"""Evaluate, the two curves of one class: what a higher or lower threshold gains and loses."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.components.shared.charts import palette
from pages.components.shared.text import percent, plain
from tlcore.data.task_words import TaskWords
from tlcore.evaluate.report import ClassCurve

HEIGHT = 300
FEW = 8  # points that are worth a mark each
GREY = "#8a9a9b"
TRADE = """
The model gives every {one} a **chance** of being “{label}”. Suppose it called so whatever has at least some
chance, the **threshold**. A low threshold finds nearly all of them and gives many false alarms; a high one
gives few and misses some. Each curve goes through all thresholds.
"""
PRECISION = """
**Average precision**: the height of the curve on average. 100 % means: all of this class get a higher chance
than any other {one}. Guessing reaches {guessing}, the dashed line: the share of this class.
"""
ROC = """
**Area below the curve** (ROC AUC): in that share of cases, a {one} of this class gets a higher chance than
one of another. Guessing reaches 50 %, the dashed line.
"""


def show(curve: ClassCurve, share: float, words: TaskWords, key: str) -> None:
    """Both curves of a class.

    Args:
        share: how many of the test examples are of this class, as a share of all.
        key: names them on their page.
    """
    st.markdown(TRADE.format(one=words.one, label=plain(curve.label)))
    if curve.average_precision is None:
        st.info(f"No test {words.one} is of this class, so it has no curves.", icon=":material/info:")
        return
    as_table = st.toggle("As a table", key=f"{key}_as_table", persist_state="session")
    left, right = st.columns(2)
    with left, st.container(border=True):
        st.metric("Average precision", percent(curve.average_precision))
        points = {"Found": curve.recall, "Right when said": curve.precision}
        guessing = [[0, 100 * share], [100, 100 * share]]
        _one("Found and right when said (precision–recall)", points, guessing, as_table, f"{key}_precision")
        st.caption(PRECISION.format(one=words.one, guessing=percent(share)))
    with right, st.container(border=True):
        if curve.area is None:
            st.info(f"All test {words.many} are of this class: no false alarms.", icon=":material/info:")
            return
        st.metric("Area below the curve", percent(curve.area))
        points = {"False alarms": curve.false_alarms, "Found": curve.found}
        _one("False alarms and found (ROC)", points, [[0, 0], [100, 100]], as_table, f"{key}_roc")
        st.caption(ROC.format(one=words.one))


def _one(
    title: str, points: dict[str, tuple[float, ...]], guessing: list[list[float]], as_table: bool, key: str
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
    st.echarts_chart(spec(points, guessing), height=HEIGHT, key=key, alt=title)


def spec(points: dict[str, tuple[float, ...]], guessing: list[list[float]]) -> dict[str, Any]:
    """A curve in percent, over the dashed line of what guessing reaches."""
    (across, xs), (up, ys) = points.items()
    data = [[round(100 * x, 2), round(100 * y, 2)] for x, y in zip(xs, ys, strict=True)]
    percentage = {"min": 0, "max": 100, "axisLabel": {"formatter": "{value} %"}, "nameLocation": "middle"}
    return {
        "animation": False,
        "grid": {"left": 26, "right": 22, "top": 12, "bottom": 26, "containLabel": True},
        "tooltip": {
            "trigger": "axis",
            "confine": True,
            "formatter": f"{across} {{@[0]}} %<br>{up} {{@[1]}} %",
        },
        "xAxis": {"type": "value", "name": across, "nameGap": 28, **percentage},
        "yAxis": {"type": "value", "name": up, "nameGap": 46, **percentage},
        "series": [
            {
                "type": "line",
                "data": data,
                "showSymbol": len(data) < FEW,
                "symbolSize": 5,
                "color": palette()[0],
                "lineStyle": {"width": 2, "color": palette()[0]},
                "areaStyle": {"opacity": 0.08},
            },
            {
                "type": "line",
                "data": guessing,
                "silent": True,
                "symbol": "none",
                "lineStyle": {"type": "dashed", "width": 1, "color": GREY},
                "tooltip": {"show": False},
            },
        ],
    }
