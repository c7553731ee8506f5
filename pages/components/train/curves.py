"""The curves of a run, as far as it has got: loss and accuracy by epoch, and within epochs."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components.shared.charts import palette, thin_points
from tlcore.backbones.catalogue import catalogue
from tlcore.config import RunConfig
from tlcore.data.task_words import WORDS
from tlcore.runs.metrics import epochs, steps

STEPS = "Training, step by step"


def show(rows: list[dict[str, Any]], config: RunConfig, key: str) -> None:
    """Charts of loss and accuracy by epoch; a dashed line marks the start of fine-tuning."""
    ended, within = epochs(rows), steps(rows)
    tuned = next((row["epoch"] for row in within + ended if row.get("phase") == "fine-tuning"), None)
    before = tuned - 1 if tuned and tuned > 1 else None
    total = (before or 0) + config.recipe(config.phases[-1] if before else config.phases[0]).epochs
    words = WORDS[catalogue.task_of(config)]
    left, right = st.columns(2)
    for place, name, title in ((left, "loss", "Loss"), (right, "accuracy", words.score_title)):
        is_same_scale = name == "loss" or words.counts_right
        with place, st.container(border=True):
            st.markdown(f"**{title}**")
            st.echarts_chart(
                _spec(ended, within, name, total, before, with_training=is_same_scale),
                height=260,
                key=f"{key}_{name}",
                alt=f"{title} by epoch",
            )


def _rounded(value: float | None) -> float | None:
    """A rounded value of a curve; None where the loss became infinite, which leaves a gap."""
    return None if value is None else round(value, 4)


def _spec(
    ended: list[dict[str, Any]],
    within: list[dict[str, Any]],
    name: str,
    total: int,
    before: int | None,
    with_training: bool = True,
) -> dict[str, Any]:
    """A chart; without the curves of training where they hold another figure than that of validation."""
    by_step = [[row["epoch"] - 1 + row["step"] / row["steps"], _rounded(row[name])] for row in within]
    training = [[row["epoch"], _rounded(row[name])] for row in ended]
    validation = [[row["epoch"], _rounded(row[f"val_{name}"])] for row in ended]
    reach = total if len(ended) < total else len(ended)
    return {
        "animation": False,
        **({} if with_training else {"color": palette()[1:]}),
        "grid": {"left": 8, "right": 16, "top": 20, "bottom": 34, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "legend": {
            "type": "scroll",
            "bottom": 0,
            "data": ["Training", "Validation", STEPS] if with_training else ["Validation"],
        },
        "xAxis": {"type": "value", "min": 0, "max": _axis_end(ended, within, reach), "minInterval": 1},
        "yAxis": {"type": "value", "scale": True, **({"max": 1} if name == "accuracy" else {"min": 0})},
        "series": [
            *([_line("Training", thin_points(training))] if with_training else []),
            _line("Validation", thin_points(validation))
            | ({"markLine": _fine_tuning_line(before)} if before else {}),
            *([_line(STEPS, thin_points(by_step), faint=True)] if with_training else []),
        ],
    }


def _fine_tuning_line(epoch: int) -> dict[str, Any]:
    """A dashed line at the start of fine-tuning."""
    return {
        "silent": True,
        "symbol": "none",
        "lineStyle": {"type": "dashed", "color": "#94a3b8"},
        "label": {"formatter": "fine-tuning", "position": "end", "distance": 2, "color": "#64748b"},
        "data": [{"xAxis": epoch}],
    }


def _line(name: str, points: list[list[float | None]], faint: bool = False) -> dict[str, Any]:
    style = {"width": 1, "opacity": 0.45} if faint else {"width": 2}
    return {
        "name": name,
        "type": "line",
        "showSymbol": len(points) < 3 and not faint,
        "symbol": "none" if faint else "emptyCircle",
        "data": points,
        "lineStyle": style,
    }


def _axis_end(ended: list[dict[str, Any]], within: list[dict[str, Any]], total: int) -> int:
    """The axis grows by tens, so that a run that stops early does not sit in a corner."""
    reached = max([row["epoch"] for row in (*ended[-1:], *within[-1:])], default=1)
    return min(total, -(-reached // 10) * 10)
