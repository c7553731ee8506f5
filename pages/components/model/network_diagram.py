"""The network as a picture: its blocks from the input to the answer, and the cut where freezing ends.

A click on the picture moves the freezing slider.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.model.freeze_slider import slider_key
from pages.components.shared.text import counted
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.entry import Backbone, Block
from tlcore.data.task_words import WORDS
from tlcore.plan import Plan

HEIGHT = 240  # pixels, whatever is frozen: nothing jumps
SMALLEST = 0.05  # of the tallest bar: even a block of a few numbers can be seen and clicked
SIDES = {1: "features", 2: "tokens × width", 3: "height × width × channels"}  # of a block's output
FROZEN, TRAINED = "#7ba7bc", "#d97706"
BEHIND = {FROZEN: "rgba(123,167,188,0.12)", TRAINED: "rgba(217,119,6,0.12)"}
INK = {"light": "#374151", "dark": "#d1d5db"}
HATCH = {"symbol": "rect", "dashArrayX": [1, 0], "dashArrayY": [2, 5], "rotation": -math.pi / 4}
# "content_cut" and "ac_unit" of Google's Material icons (Apache-2.0), as paths: fonts may lack the signs.
SCISSORS = (
    "path://M9.64 7.64c.23-.5.36-1.05.36-1.64 0-2.21-1.79-4-4-4S2 3.79 2 6s1.79 4 4 4c.59 0 1.14-.13 "
    "1.64-.36L10 12l-2.36 2.36C7.14 14.13 6.59 14 6 14c-2.21 0-4 1.79-4 4s1.79 4 4 4 4-1.79 4-4c0-.59-.13"
    "-1.14-.36-1.64L12 14l7 7h3v-1L9.64 7.64zM6 8c-1.1 0-2-.89-2-2s.9-2 2-2 2 .89 2 2-.9 2-2 2zm0 12c-1.1 "
    "0-2-.89-2-2s.9-2 2-2 2 .89 2 2-.9 2-2 2zM19 3l-6 6 2 2 7-7V3z"
)
SNOWFLAKE = (
    "path://M22 11h-4.17l3.24-3.24-1.41-1.42L15 11h-2V9l4.66-4.66-1.42-1.41L13 6.17V2h-2v4.17L7.76 2.93 6.34 "
    "4.34 11 9v2H9L4.34 6.34 2.93 7.76 6.17 11H2v2h4.17l-3.24 3.24 1.41 1.42L9 13h2v2l-4.66 4.66 1.42 1.41"
    "L11 17.83V22h2v-4.17l3.24 3.24 1.42-1.41L13 15v-2h2l4.66 4.66 1.41-1.42L17.83 13H22z"
)


def draw(place: DeltaGenerator, backbone: Backbone, cost: Plan, classes: int) -> None:
    """Draw the picture, for a head of that many classes, and let clicks on it move the slider."""
    key, total, block = f"network_{backbone.id}", len(backbone.blocks), WORDS[backbone.task].block

    def move_slider() -> None:
        chosen = [at for group in st.session_state[key].selection.selected for at in group["data_indices"]]
        # A second click on the same bar takes the selection back, but means the same.
        at = st.session_state[f"{key}_last"] = chosen[0] if chosen else st.session_state.get(f"{key}_last")
        if at is not None:
            st.session_state[slider_key(backbone)] = total - min(at, total)

    with place:
        st.echarts_chart(
            diagram(backbone, cost, classes, st.context.theme.type or "light"),
            height=HEIGHT,
            key=key,
            on_select=move_slider,
            alt=f"{counted(total, block)} and the head; the last {cost.trained_blocks} train with it",
        )
        st.caption(
            f"Each bar is a {block}, the last one the new head; its height is the square root of its number "
            "of parameters, so that small ones show. Hover over one for its numbers; click to cut there."
        )


def diagram(backbone: Backbone, cost: Plan, classes: int, theme: str) -> dict[str, Any]:
    """The picture for ECharts."""
    total = len(backbone.blocks)
    cut = total - cost.trained_blocks
    heights = bar_heights([*(block.params for block in backbone.blocks), cost.head_parameters])
    notes = [*_block_notes(backbone, cost), _head_note(cost, classes)]
    bars = [
        _bar(height, note, at < cut) for at, (height, note) in enumerate(zip(heights, notes, strict=True))
    ]
    ink = INK[theme]
    bar = {
        "type": "bar",
        "data": bars,
        "barCategoryGap": "14%",
        "selectedMode": "single",
        "select": {"itemStyle": {"borderWidth": 0}},
        "z": 3,
    }
    return {
        "animationDuration": 0,
        "animationDurationUpdate": 200,
        "aria": {"enabled": True, "decal": {"show": True}},
        "grid": {"left": 4, "right": 4, "top": 24, "bottom": 26},
        "title": [
            _word("frozen" if cut else "", ink, left=22, top=3),
            _word("trains", ink, right=4, top=3),
            _word(WORDS[backbone.task].one, ink, left=4, bottom=0),
            _word("answer", ink, right=4, bottom=0),
        ],
        "tooltip": {"trigger": "item", "confine": True},
        "xAxis": _axes([*(block.name for block in backbone.blocks), "head"]),
        "yAxis": {"type": "value", "show": False, "min": 0, "max": 1.15},
        "series": [bar, _cut(cut, total + 1, ink)],
    }


def _axes(names: list[str]) -> list[dict[str, Any]]:
    """Bars stand on an axis of names; the cut lies between two of them, so it has one of numbers."""
    without = {"axisLabel": {"show": False}, "axisTick": {"show": False}}
    return [
        {"type": "category", "data": names, **without},
        {"type": "value", "min": 0, "max": len(names), "show": False},
    ]


def bar_heights(parameters: Sequence[int]) -> list[float]:
    """The square root of each number of parameters as a share of the largest, none too small to be seen."""
    most = math.sqrt(max(parameters))
    return [max(SMALLEST, math.sqrt(number) / most) for number in parameters]


def _bar(height: float, note: str, frozen: bool) -> dict[str, Any]:
    decal = {**HATCH, "color": "rgba(255,255,255,0.45)"} if frozen else {"symbol": "none"}
    style = {"color": FROZEN if frozen else TRAINED, "decal": decal, "borderRadius": [3, 3, 0, 0]}
    return {"value": round(height, 4), "itemStyle": style, "tooltip": {"formatter": note}}


def _block_notes(backbone: Backbone, cost: Plan) -> list[str]:
    """The note on each block under the pointer; HTML, and nothing in it is from outside."""
    total = len(backbone.blocks)
    notes = []
    for number, block in enumerate(backbone.blocks, start=1):
        state = "frozen" if number <= total - cost.trained_blocks else _training(block)
        sides = catalogue.shape_at(backbone, block, cost.input_size)
        shape = " × ".join(f"{side:,}" for side in sides)
        names = f"<br>({SIDES[len(sides)]})" if len(sides) in SIDES else ""
        notes.append(
            f"<b>{WORDS[backbone.task].block.capitalize()} {number} of {total}</b> ({block.name})<br>"
            f"{block.params:,} parameters, {state}<br>gives {shape} numbers{names}"
        )
    return notes


def _head_note(cost: Plan, classes: int) -> str:
    return (
        f"<b>The new head</b><br>{cost.head_parameters:,} parameters, all train<br>"
        f"gives {classes} probabilities"
    )


def _training(block: Block) -> str:
    """The number of its parameters that train: batch-norm stays as it is."""
    return "all train" if block.trainable == block.params else f"{block.trainable:,} of them train"


def _word(text: str, ink: str, **where: int) -> dict[str, Any]:
    style = {"fontSize": 12, "fontWeight": "normal", "color": ink}
    return {"text": text, "padding": 0, "textStyle": style, **where}


def _cut(cut: int, end: int, ink: str) -> dict[str, Any]:
    """The line where freezing ends, and the areas on either side, on the second axis."""
    areas = [(0, cut, FROZEN), (cut, end, TRAINED)]
    behind = [
        [{"xAxis": left, "itemStyle": {"color": BEHIND[colour]}}, {"xAxis": right}]
        for left, right, colour in areas
    ]
    flake = {"x": 11, "y": 9, "symbol": SNOWFLAKE, "symbolSize": 13}
    line = {
        "symbol": [SCISSORS, "none"],
        "symbolSize": 20,
        "label": {"show": False},
        "lineStyle": {"color": ink, "type": "dashed", "width": 2},
        "data": [{"xAxis": cut}],
    }
    return {
        "type": "line",
        "xAxisIndex": 1,
        "data": [],
        "silent": True,
        "markLine": {"silent": True, "animation": False, **line},
        "markArea": {"silent": True, "animation": False, "data": behind},
        "markPoint": {
            "silent": True,
            "animation": False,
            "itemStyle": {"color": ink},
            "data": [flake] if cut else [],
        },
    }
