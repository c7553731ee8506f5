"""Chart of an experiment: accuracy with its 95 % interval, over the setting in which its runs differ."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence

import plotly.graph_objects as go

from pages.components.shared.charts import GREY
from tlcore.data.task_words import TaskWords
from tlcore.runs.experiments import DESIGNS, Design
from tlcore.runs.experiments.amount import SERIES
from tlcore.runs.experiments.experiment import Arm, ArmResult, ExperimentRecord

HEIGHT = 400
WRAP = 12  # letters in a line below the axis: five names fit on a phone
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "pentagon", "star")  # besides colour
NEAR = 15  # points below the lowest result at which guessing is still worth drawing
ArmResults = list[tuple[Arm, ArmResult]]


def figure(record: ExperimentRecord, words: TaskWords, colours: Sequence[str]) -> go.Figure:
    """Chart of all finished runs; empty axes before that.

    Args:
        colours: for the series, or for the backbones of a race.
    """
    design = DESIGNS[record.asked.kind]
    shown = [(arm, entry) for arm, entry in record.finished() if _x(arm, entry) is not None]
    traces = _backbones(shown, words, colours) if design.races else _series(shown, words, colours)
    drawn = go.Figure(traces)
    drawn.update_layout(
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 36, "b": 8},
        dragmode=False,
        hovermode="closest",
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0, "itemclick": False},
        showlegend=len(traces) > 1,
    )
    _axes(drawn, record, design, words, shown)
    return drawn


def _x(arm: Arm, entry: ArmResult) -> float | str | None:
    return entry.milliseconds if arm.x is None else arm.x


def _backbones(shown: ArmResults, words: TaskWords, colours: Sequence[str]) -> list[go.Scatter]:
    """Traces with one colour and one symbol for each backbone."""
    return [
        _points([pair], words, pair[0].label, colours[number % len(colours)], SYMBOLS[number % len(SYMBOLS)])
        for number, pair in enumerate(shown)
    ]


def _series(shown: ArmResults, words: TaskWords, colours: Sequence[str]) -> list[go.Scatter]:
    """One line for each series, where the axis counts or has an order."""
    traces = []
    for number, (series, name) in enumerate(SERIES.items()):
        pairs = [pair for pair in shown if pair[0].series == series]
        if pairs:
            traces.append(_points(pairs, words, name, colours[number], SYMBOLS[number], len(pairs) > 1))
    return traces


def _points(
    pairs: ArmResults, words: TaskWords, name: str, colour: str, symbol: str, joined: bool = False
) -> go.Scatter:
    scores = [words.scale * (entry.accuracy or 0.0) for _, entry in pairs]
    bounds = [_bounds(entry, words) for _, entry in pairs]
    return go.Scatter(
        x=[_x(arm, entry) for arm, entry in pairs],
        y=scores,
        name=html.escape(name),
        mode="lines+markers" if joined else "markers",
        marker={"size": 12, "symbol": symbol, "color": colour},
        line={"color": colour, "width": 2},
        error_y={
            "type": "data",
            "array": [high - value for (_, high), value in zip(bounds, scores, strict=True)],
            "arrayminus": [value - low for (low, _), value in zip(bounds, scores, strict=True)],
            "color": colour,
            "thickness": 1.5,
            "width": 6,
        },
        hovertext=[_hover_text(arm, entry, words) for arm, entry in pairs],
        hoverinfo="text",
    )


def _bounds(entry: ArmResult, words: TaskWords) -> tuple[float, float]:
    """The 95 % interval, as the chart shows the score."""
    low, high = entry.interval or (0.0, 1.0)
    return words.scale * low, words.scale * high


def _hover_text(arm: Arm, entry: ArmResult, words: TaskWords) -> str:
    """Tooltip of one run."""
    lines = [
        f"<b>{html.escape(arm.label)}</b>",
        f"{words.scored(entry.accuracy or 0.0)}, {words.counted(entry.n or 0)} for testing",
        f"95 % interval {words.interval(entry.interval or (0.0, 1.0))}",
        f"{entry.trained_parameters or 0:,} parameters trained",
    ]
    if entry.milliseconds is not None:
        lines.append(f"{entry.milliseconds:.1f} ms per example")
    return "<br>".join(lines)


def _axes(
    drawn: go.Figure, record: ExperimentRecord, design: Design, words: TaskWords, shown: ArmResults
) -> None:
    _score_axis(drawn, words, [entry for _, entry in shown])
    drawn.update_xaxes(title=design.axis_of(words), fixedrange=True)
    if design.scale == "category":
        names = [str(arm.x) for arm in record.asked.arms]
        ticks = [html.escape("\n".join(textwrap.wrap(name, WRAP))).replace("\n", "<br>") for name in names]
        drawn.update_xaxes(
            type="category",
            categoryorder="array",
            categoryarray=names,
            tickvals=list(range(len(names))),
            ticktext=ticks,
            range=[-0.5, len(names) - 0.5],
            showgrid=False,
            tickangle=0,
        )
    elif design.scale == "log":
        _sizes(drawn, record)
    else:
        slowest = max((entry.milliseconds or 0.0 for _, entry in shown), default=10.0)
        drawn.update_xaxes(range=[0, 1.12 * slowest])


def _score_axis(drawn: go.Figure, words: TaskWords, shown: list[ArmResult]) -> None:
    """The axis of the score, with the line of guessing where that is near."""
    lowest = min((_bounds(entry, words)[0] for entry in shown), default=0.0)
    first = next(iter(shown), None)
    guessing = 100 * (first.baseline_accuracy or 0.0) if first else 0.0
    knowable = first is not None and first.baseline_from == "training"
    if words.counts_right and guessing > lowest - NEAR:
        lowest = min(lowest, guessing - 4)  # room for the words below its line
        drawn.add_hline(
            guessing,
            line={"color": GREY, "width": 1, "dash": "dot"},
            annotation={
                "text": "guessing the commonest class" if knowable else "guessing at best",
                "font": {"color": GREY, "size": 12},
            },
            annotation_position="bottom right",
        )
    room = 0.04 * words.scale
    drawn.update_yaxes(
        title=f"test {words.score}",
        ticksuffix=" %" if words.counts_right else "",
        range=[max(0.0, lowest - room), 1.03 * words.scale],
        fixedrange=True,
    )


def _sizes(drawn: go.Figure, record: ExperimentRecord) -> None:
    """Ticks at the sizes themselves on a logarithmic axis."""
    sizes = sorted({float(arm.x) for arm in record.asked.arms if isinstance(arm.x, float | int)})
    drawn.update_xaxes(type="log", tickvals=sizes, ticktext=[f"{size:g}" for size in sizes], minor_ticks="")
