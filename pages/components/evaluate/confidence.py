"""Evaluate, confidence: the threshold below which the model says "not sure", and the reliability diagram."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.components.evaluate import reliability_diagram
from pages.components.evaluate.results.report_cache import outcomes_of, report_of, trade_off_of, was_replaced
from pages.components.shared.charts import palette, percent_axis
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import counted, percent, show_error, show_errors
from tlcore.data.task_words import TaskWords
from tlcore.errors import GraftError
from tlcore.evaluate import confidence_threshold, coverage
from tlcore.evaluate.confidence_threshold import ConfidenceThreshold
from tlcore.evaluate.coverage import CoveragePoint
from tlcore.runs.run import Run

HEIGHT = 300
FEW = 8  # points that are worth a mark each
LOWEST = 0.9  # the highest start of the axis of right answers
NOT_SURE = """
A model always names one of its classes, even when it is guessing. Set a **threshold**, and it says
**not sure** whenever its confidence is lower: it answers fewer {many}, but is right more often.
"""
RESUMED = """
You saved this threshold before the run was resumed. It has another model now: check what the threshold does,
and save it again.
"""
OPTIMISM = """
Counted on the test {many}. Because you choose the threshold by the same {many}, expect slightly less on new
ones. Not counted here: the Predict page also warns you when an input is unlike anything in training.
"""


def show(run: Run) -> None:
    """Slider, with the reliability diagram below it."""
    report, words = report_of(run), run.words
    if not report.test.n:
        st.info(f"This run has no test {words.many}.", icon=":material/info:")
        return
    st.header("When should it say “not sure”?", anchor=False)
    st.markdown(NOT_SURE.format(many=words.many))
    st.fragment(show_errors(_choose))(run, words)
    reliability_diagram.show(run, words)


def _choose(run: Run, words: TaskWords) -> None:
    """Slider, its effect, and the button that saves it. Drawn alone when the slider moves."""
    stored = confidence_threshold.read(run.folder)
    saved = stored.threshold
    is_old = saved > 0 and was_replaced(run, stored.edition)
    if is_old:
        st.warning(RESUMED, icon=":material/update:")
    threshold = (
        st.slider(
            "Answer only if the confidence is at least",
            0,
            100,
            round(100 * saved),
            format="%d %%",
            key=key_of("threshold", run.id),
        )
        / 100
    )
    point = coverage.coverage_at(*outcomes_of(run), threshold)
    _figures(point, words)
    _save(run, threshold, saved, is_old, words)
    with st.container(border=True):
        _trade_off(trade_off_of(run), point, words, run.id)
    st.caption(OPTIMISM.format(many=words.many))


def _figures(point: CoveragePoint, words: TaskWords) -> None:
    """Share of answers and accuracy at the threshold."""
    right, low_high = "–", f"It answers none of the {_all(point, words)}."
    if point.accuracy is not None:
        low, high = point.interval
        right = percent(point.accuracy)
        low_high = (
            f"{point.right:,} of {point.answered:,} are right. On new {words.many}, expect between "
            f"**{percent(low)}** and **{percent(high)}** (95 % interval)."
        )
    first, second = st.columns(2)
    with first.container(border=True, height="stretch"):
        st.metric("Answers", percent(point.share), help=f"The share of test {words.many} that it answers.")
        unsure = point.n - point.answered
        rest = f"It says “not sure” to {unsure:,}." if unsure else "It always answers."
        st.caption(f"{point.answered:,} of {_all(point, words)}. {rest}")
    with second.container(border=True, height="stretch"):
        st.metric("Right", right, help="The share of its answers that are right.")
        st.caption(low_high)


def _all(point: CoveragePoint, words: TaskWords) -> str:
    return counted(point.n, f"test {words.one}", f"test {words.many}")


def _save(run: Run, threshold: float, saved: float, is_old: bool, words: TaskWords) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        same = round(100 * threshold) == round(100 * saved) and not is_old
        if st.button("Save threshold", icon=":material/bookmark:", disabled=same):
            try:
                confidence_threshold.write(run.folder, ConfidenceThreshold(threshold, run.edition()))
                st.rerun()
            except GraftError as error:
                show_error(error)
        st.caption(
            f"Saved: below **{percent(saved, 0)}** it says “not sure”, on the Predict page and in the "
            "downloaded model."
            if saved
            else f"No threshold saved: it answers every {words.one}. A saved one is used on the Predict page "
            "and in the downloaded model.",
            width="stretch",
        )


def _trade_off(points: tuple[CoveragePoint, ...], chosen: CoveragePoint, words: TaskWords, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**Effect of every threshold**", width="content")
        st.space("stretch")
        as_table = st.toggle("As a table", key="trade_off_as_table", persist_state="session")
    if as_table:
        st.dataframe(_table(points), hide_index=True, height=HEIGHT, alt="Effect of every threshold")
        return
    st.echarts_chart(
        spec(points, chosen, words),
        height=HEIGHT,
        key=f"trade_off_{key}",
        alt="Share of right answers, by the share that is answered",
    )
    st.caption("◆ is your threshold. On the right it answers everything, on the left only when it is surest.")


def _table(points: tuple[CoveragePoint, ...]) -> Any:
    frame = pd.DataFrame(
        [
            {"Threshold": p.threshold, "Answers": p.share, "Right": p.accuracy, "Answered": p.answered}
            for p in points
        ]
    )
    shares = [name for name in ("Threshold", "Answers", "Right") if name in frame]
    return frame.style.format(dict.fromkeys(shares, "{:.1%}"))


def spec(points: tuple[CoveragePoint, ...], chosen: CoveragePoint, words: TaskWords) -> dict[str, Any]:
    """Right answers over answered ones in percent, with a mark at the chosen threshold."""
    line = [_point(point) for point in points]
    lowest = min([100 * LOWEST, *(right for _, right in line)])
    colours = palette()
    formatted = "answers {@[0]} %<br>right {@[1]} %"
    return {
        "animation": False,
        "grid": {"left": 26, "right": 22, "top": 14, "bottom": 26, "containLabel": True},
        "tooltip": {"trigger": "axis", "confine": True, "formatter": formatted},
        "xAxis": percent_axis(f"{words.many} answered", 28),
        "yAxis": percent_axis("right", 46, 10 * int(lowest / 10)),
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
                "data": [_point(chosen)] if chosen.answered else [],
                "symbol": "diamond",
                "symbolSize": 16,
                "itemStyle": {"color": colours[1], "opacity": 1},
                "tooltip": {"show": False},
                "z": 3,
            },
        ],
    }


def _point(point: CoveragePoint) -> list[float]:
    return [round(100 * point.share, 1), round(100 * (point.accuracy or 0.0), 1)]
