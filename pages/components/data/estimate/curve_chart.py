"""The chart of the estimate: accuracy by examples of each class, and the amounts that a person tried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pages.components.shared.charts import palette, percent_axis
from tlcore.data.task_words import TaskWords
from tlcore.evaluate.estimate.amount import AmountScore
from tlcore.evaluate.estimate.record import Estimate

Place = tuple[float, float, tuple[float, float]]  # examples of a class on average, accuracy, its interval


def curve_spec(
    found: Estimate, words: TaskWords, tried: Sequence[AmountScore] = (), score: AmountScore | None = None
) -> dict[str, Any]:
    """The chart for ECharts: the curve with the amounts that were `tried`, and its forecast as a dashed line.

    Args:
        score: the one that is shown now, marked; None: that of all examples.
    """
    colour, mark = palette()[:2]
    classes = max(1, len(found.classes))
    curve: list[Place] = [(one.examples / classes, one.accuracy, one.interval) for one in found.curve]
    dots: list[Place] = [(one.learned / classes, one.accuracy, one.interval) for one in tried]
    now = [(score.learned / classes, score.accuracy, score.interval)] if score else curve[-1:]
    points = sorted([*dots, *curve])
    lowest = min([bounds[0] for *_, bounds in points] or [0.0])
    series = [
        {"type": "line", "name": "right", "color": colour, "data": _data(points), "symbolSize": 8},
        *(_interval(point, colour) for point in curve),
        *_forecast(found, curve, colour),
        *(_interval(point, mark) for point in now),
        {"type": "scatter", "name": "right", "color": mark, "data": _data(now), "symbolSize": 16, "z": 5},
    ]
    return {
        "animation": False,
        "grid": {"left": 26, "right": 22, "top": 14, "bottom": 34, "containLabel": True},
        "tooltip": {"trigger": "item", "confine": True},
        "xAxis": {
            "type": "value",
            "name": f"{words.many} of each class to learn from",
            "nameLocation": "middle",
            "nameGap": 28,
            "min": 0,
        },
        "yAxis": percent_axis("right", 46, 10 * int(10 * lowest)),
        "series": series,
    }


def _forecast(found: Estimate, curve: list[Place], colour: str) -> list[dict[str, Any]]:
    if found.forecast is None or not curve:
        return []
    ahead = [round(2 * curve[-1][0], 2), _percent(found.forecast)]
    style = {"type": "dashed", "width": 2}
    data = [*_data(curve[-1:]), ahead]
    return [{"type": "line", "name": "forecast", "color": colour, "lineStyle": style, "data": data}]


def _data(points: Sequence[Place]) -> list[list[float]]:
    return [[round(x, 2), _percent(accuracy)] for x, accuracy, _ in points]


def _interval(point: Place, colour: str) -> dict[str, Any]:
    """A vertical line between two shares."""
    x, _, bounds = point
    return {
        "type": "line",
        "data": [[round(x, 2), _percent(bound)] for bound in bounds],
        "color": colour,
        "lineStyle": {"width": 2, "opacity": 0.5},
        "symbol": "none",
        "silent": True,
    }


def _percent(share: float) -> float:
    return round(100 * share, 1)
