"""Evaluate, how sure: whether the model's confidence can be believed, and below which it says "not sure"."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.components.evaluate import reliability_diagram
from pages.components.evaluate.results.report_cache import outcomes_of, report_of, trade_off_of, was_replaced
from pages.components.shared.charts import palette
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import counted, percent, show_error, show_errors
from tlcore.data.task_words import TaskWords
from tlcore.errors import GraftError
from tlcore.evaluate import coverage
from tlcore.evaluate.coverage import CoveragePoint
from tlcore.runs import confidence_threshold
from tlcore.runs.confidence_threshold import ConfidenceThreshold
from tlcore.runs.run import Run

HEIGHT = 300
FEW = 8  # points that are worth a mark each
LOWEST = 0.9  # where the axis of right answers begins at the latest
NOT_SURE = """
A model must name one of its classes, also where it hardly knows. You can let it say **not sure** instead
when its confidence is below a **threshold**: it then answers fewer {many}, and is right in more of those that
it answers.
"""
GONE_ON = """
This run went on since the threshold was kept: it has another model now. See what the threshold does to that
one, and keep it once more, or another one.
"""
FLATTERS = """
Counted on the test {many}. Choosing the threshold by them flatters a little, as the same {many} then say how
good the choice is: expect slightly less of new ones. On the Predict page, what looks like nothing it was
trained on is not answered either, however sure the model is; that is not counted here.
"""


def show(run: Run) -> None:
    """The slider, and below it the reliability diagram."""
    report, words = report_of(run), run.words
    if not report.test.n:
        st.info(f"There are no test {words.many} to count on.", icon=":material/info:")
        return
    st.subheader("When should it say “not sure”?", anchor=False)
    st.markdown(NOT_SURE.format(many=words.many))
    st.fragment(show_errors(_choose))(run, words)
    reliability_diagram.show(run, words)


def _choose(run: Run, words: TaskWords) -> None:
    """The slider, what it does, and the button that keeps it. Drawn alone when the slider moves."""
    decided = confidence_threshold.read(run.folder)
    kept = decided.threshold
    is_old = kept > 0 and was_replaced(run, decided.edition)
    if is_old:
        st.warning(GONE_ON, icon=":material/update:")
    threshold = (
        st.slider(
            "Answer only when the confidence is at least",
            0,
            100,
            round(100 * kept),
            format="%d %%",
            key=key_of("threshold", run.id),
        )
        / 100
    )
    found = coverage.coverage_at(*outcomes_of(run), threshold)
    _figures(found, words)
    _keep(run, threshold, kept, is_old, words)
    with st.container(border=True):
        _trade_off(trade_off_of(run), found, words, run.id)
    st.caption(FLATTERS.format(many=words.many))


def _figures(found: CoveragePoint, words: TaskWords) -> None:
    """What it does at the threshold, in two numbers."""
    right, low_high = "–", f"It is sure enough of none of the {_all(found, words)}."
    if found.accuracy is not None:
        low, high = found.interval
        right = percent(found.accuracy)
        low_high = (
            f"{found.right:,} of {found.answered:,} are right. With so many, the true share lies between "
            f"**{percent(low)}** and **{percent(high)}** (95 % interval)."
        )
    first, second = st.columns(2)
    with first.container(border=True, height="stretch"):
        st.metric("Answers", percent(found.share), help=f"Of all test {words.many}.")
        silent = found.n - found.answered
        rest = f"To the other {silent:,} it says “not sure”." if silent else "It always answers."
        st.caption(f"{found.answered:,} of {_all(found, words)}. {rest}")
    with second.container(border=True, height="stretch"):
        st.metric("Right in", right, help=f"Of the {words.many} that it answers.")
        st.caption(low_high)


def _all(found: CoveragePoint, words: TaskWords) -> str:
    return counted(found.n, f"test {words.one}", f"test {words.many}")


def _keep(run: Run, threshold: float, kept: float, is_old: bool, words: TaskWords) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        same = round(100 * threshold) == round(100 * kept) and not is_old
        if st.button("Keep this threshold", icon=":material/bookmark:", disabled=same):
            try:
                confidence_threshold.write(run.folder, ConfidenceThreshold(threshold, run.edition()))
                st.rerun()
            except GraftError as error:
                show_error(error)
        st.caption(
            f"Kept: below **{percent(kept, 0)}** it says “not sure”, on the Predict page and in what you "
            "take home."
            if kept
            else f"Nothing is kept: it answers every {words.one}. A threshold that you keep is used on the "
            "Predict page and in what you take home.",
            width="stretch",
        )


def _trade_off(points: tuple[CoveragePoint, ...], found: CoveragePoint, words: TaskWords, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**What every threshold does**", width="content")
        st.space("stretch")
        as_table = st.toggle("As a table", key="trade_off_as_table", persist_state="session")
    if as_table:
        st.dataframe(_table(points), hide_index=True, height=HEIGHT, alt="What every threshold does")
        return
    st.echarts_chart(
        spec(points, found, words),
        height=HEIGHT,
        key=f"trade_off_{key}",
        alt="Share of answers that are right, by the share that is answered",
    )
    st.caption("◆ the threshold of the slider. To the right: all are answered. To the left: only the surest.")


def _table(points: tuple[CoveragePoint, ...]) -> Any:
    frame = pd.DataFrame(
        [
            {"Threshold": p.threshold, "Answers": p.share, "Right in": p.accuracy, "Answered": p.answered}
            for p in points
        ]
    )
    shares = [name for name in ("Threshold", "Answers", "Right in") if name in frame]
    return frame.style.format(dict.fromkeys(shares, "{:.1%}"))


def spec(points: tuple[CoveragePoint, ...], found: CoveragePoint, words: TaskWords) -> dict[str, Any]:
    """Right answers over answered ones in percent, with a mark at the slider's threshold."""
    line = [_point(point) for point in points]
    lowest = min([100 * LOWEST, *(right for _, right in line)])
    colours = palette()
    formatted = "answers {@[0]} %<br>right in {@[1]} %"
    axis = {"type": "value", "max": 100, "axisLabel": {"formatter": "{value} %"}, "nameLocation": "middle"}
    return {
        "animation": False,
        "grid": {"left": 26, "right": 22, "top": 14, "bottom": 26, "containLabel": True},
        "tooltip": {"trigger": "axis", "confine": True, "formatter": formatted},
        "xAxis": {"name": f"{words.many} that are answered", "nameGap": 28, "min": 0, **axis},
        "yAxis": {"name": "right in", "nameGap": 46, "min": 10 * int(lowest / 10), **axis},
        "series": [
            {
                "type": "line",
                "data": line,
                "showSymbol": len(line) < FEW,
                "color": colours[0],
                "lineStyle": {"width": 2, "color": colours[0]},
            },
            {
                "type": "scatter",
                "data": [_point(found)] if found.answered else [],
                "symbol": "diamond",
                "symbolSize": 16,
                "itemStyle": {"color": colours[1], "opacity": 1},
                "tooltip": {"show": False},
                "z": 3,
            },
        ],
    }


def _point(at: CoveragePoint) -> list[float]:
    return [round(100 * at.share, 1), round(100 * (at.accuracy or 0.0), 1)]
