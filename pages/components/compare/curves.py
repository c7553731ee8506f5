"""Charts of several runs: their accuracies with intervals, and their curves in one chart.

Each run has the same colour in every chart; beyond the palette's end lines are dashed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from pages.components.compare.settings_diff import words_for
from pages.components.shared.charts import palette, thin_points
from pages.components.shared.runs.run_facts import RunFacts
from pages.components.shared.text import counted
from tlcore.runs.metrics import MetricRow, epochs
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace

MOST = 12  # runs in one chart
ROW = 34  # pixels for each run's interval
NAME = 150  # pixels for its name
FINE_TUNING = "fine-tuning"
Points = list[list[float | None]]


def show_intervals(chosen: list[RunFacts], names: list[str], sentence: str) -> None:
    """Test accuracies with their 95 % intervals, one below the other, and a sentence on them (Markdown)."""
    scored = [(facts, name, n) for n, (facts, name) in enumerate(zip(chosen, names, strict=True))]
    scored = [item for item in scored if item[0].outcome][:MOST]
    if not scored:
        return
    with st.container(border=True):
        score = words_for([facts for facts, _, _ in scored]).score
        st.markdown(f"**Test {score}, with its 95 % interval**")
        st.echarts_chart(
            _interval_spec(scored),
            height=58 + ROW * len(scored),
            key="compare_intervals",
            alt=f"Test {score} of each run with its 95 % interval",
        )
        st.markdown(sentence)


def _interval_spec(scored: list[tuple[RunFacts, str, int]]) -> dict[str, Any]:
    colours = palette()
    series: list[dict[str, Any]] = []
    lowest = min(100 * facts.outcome.test.interval[0] for facts, _, _ in scored if facts.outcome)
    begin = 10 * int(lowest / 10)
    for row, (facts, name, number) in enumerate(scored):
        assert facts.outcome is not None
        colour, test = colours[number % len(colours)], facts.outcome.test
        low, high = (round(100 * bound, 1) for bound in test.interval)
        share = round(100 * test.accuracy, 1)
        line = {"width": 5, "color": colour, "opacity": 0.35, "cap": "round"}
        bar = {"type": "line", "data": [[low, row], [high, row]], "symbol": "none", "lineStyle": line}
        label = {"show": True, "position": "top", "distance": 3, "formatter": f"{share:.1f} %"}
        dot = {"type": "scatter", "data": [[share, row]], "symbolSize": 12, "label": label}
        series += [
            {**bar, "name": name, "silent": True},
            {**dot, "name": name, "itemStyle": {"color": colour, "opacity": 1}},
        ]
    return {
        "animation": False,
        "grid": {"left": 8, "right": 24, "top": 14, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "value", "min": begin, "max": 100, "axisLabel": {"formatter": "{value} %"}},
        "yAxis": {
            "type": "category",
            "data": [name for _, name, _ in scored],
            "inverse": True,
            "axisTick": {"show": False},
            "axisLabel": {"width": NAME, "overflow": "truncate"},
        },
        "series": series,
    }


def show_curves(chosen: list[RunFacts], names: list[str]) -> None:
    """Validation loss and accuracy by epoch; on demand those of training, too, fainter."""
    drawn = list(zip(chosen, names, strict=True))[:MOST]
    rows = [epochs_of(facts.run_id) for facts, _ in drawn]
    if not any(rows):
        st.caption("None of these runs has finished an epoch yet.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header("Curves", anchor=False, width="content")
        st.space("stretch")
        training = st.toggle("Show training, too", key="compare_training", persist_state="session")
    left, right = st.columns(2)
    words = words_for([facts for facts, _ in drawn])
    for place, metric, title in (
        (left, "loss", "Validation loss"),
        (right, "accuracy", f"Validation {words.score}"),
    ):
        is_same_figure = metric == "loss" or words.counts_right
        with place, st.container(border=True):
            st.markdown(f"**{title} by epoch**")
            st.echarts_chart(
                curve_spec(drawn, rows, metric, training and is_same_figure),
                height=300,
                key=f"compare_{metric}",
                alt=f"{title} by epoch",
            )
    tuned = any(row.get("phase") == FINE_TUNING for one in rows for row in one)
    st.caption(
        "● is the epoch whose weights the model has."
        + (" ◆ is where fine-tuning starts: from here, unfrozen blocks train with the head." if tuned else "")
        + (f" You see the first {MOST} of {counted(len(chosen), 'run')}." if len(chosen) > MOST else "")
    )


def epochs_of(run_id: str) -> list[MetricRow]:
    """Rows that end an epoch; read again only when there are more."""
    run = Run(Workspace().root / "runs" / run_id)
    try:
        status = run.metrics.stat()
    except OSError:
        return []
    return _epoch_rows(str(run.folder), status.st_mtime_ns, status.st_size)


@st.cache_resource(max_entries=64, show_spinner=False)
def _epoch_rows(folder: str, modified: int, size: int) -> list[MetricRow]:
    return epochs([row for _, row in BACKEND.events(Run(Path(folder)))])


def curve_spec(
    drawn: list[tuple[RunFacts, str]], rows: list[list[MetricRow]], metric: str, training: bool
) -> dict[str, Any]:
    """Chart of one metric by epoch, a line for each run."""
    colours = palette()
    series: list[dict[str, Any]] = []
    for number, ((facts, name), ended) in enumerate(zip(drawn, rows, strict=True)):
        look = {"name": name, "color": colours[number % len(colours)]}
        dash = "dashed" if number >= len(colours) else "solid"
        if training:
            series.append(_line(look, _points(ended, metric), dash, faint=True))
        series.append(_line(look, _points(ended, f"val_{metric}"), dash))
        series += _marks(look, facts, ended, f"val_{metric}")
    return {
        "animation": False,
        "grid": {"left": 8, "right": 16, "top": 12, "bottom": 34, "containLabel": True},
        "tooltip": {"trigger": "axis", "confine": True, "valueFormatter": "%.3f"},
        "legend": {
            "type": "scroll",
            "bottom": 0,
            "data": [name for _, name in drawn],
            "textStyle": {"width": NAME, "overflow": "truncate"},
        },
        "xAxis": {"type": "value", "min": 0, "max": "dataMax", "minInterval": 1},
        "yAxis": {"type": "value", "scale": True, **({"max": 1} if metric == "accuracy" else {"min": 0})},
        "series": series,
    }


def _points(ended: list[MetricRow], name: str) -> Points:
    """(epoch, number); a gap where the loss became infinite."""
    numbers = ((row["epoch"], row.get(name)) for row in ended)
    return [[epoch, None if number is None else round(number, 4)] for epoch, number in numbers]


def _line(look: dict[str, Any], points: Points, dash: str, faint: bool = False) -> dict[str, Any]:
    style = {"width": 1, "opacity": 0.45} if faint else {"width": 2}
    return {
        **look,
        "type": "line",
        "showSymbol": len(points) < 2,
        "data": thin_points(points),
        "lineStyle": {**style, "type": dash, "color": look["color"]},
        **({"tooltip": {"show": False}} if faint else {}),
    }


def _marks(look: dict[str, Any], facts: RunFacts, ended: list[MetricRow], name: str) -> list[dict[str, Any]]:
    """A dot at the epoch whose weights the model has, and a diamond where fine-tuning starts."""
    best = facts.outcome.best_epoch if facts.outcome else 0
    first = next((row["epoch"] for row in ended if row.get("phase") == FINE_TUNING), 0)
    marked = ((best, "circle", 9), (first, "diamond", 11))
    return [
        {
            **look,
            "type": "scatter",
            "data": _points([row for row in ended if row["epoch"] == epoch], name),
            "symbol": symbol,
            "symbolSize": size,
            "tooltip": {"show": False},
            "itemStyle": {"color": look["color"], "opacity": 1},
        }
        for epoch, symbol, size in marked
        if epoch
    ]
