"""The map: examples that look alike to the model lie close together.

The browser's part (embedding_map.html, .css, draw.js, embedding_map.js) draws the points. All thumbnails come
in one small sheet, so pointing at one asks nothing of the server. A click opens the example.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import msgspec
import pandas as pd
import streamlit as st

from pages.components.browser.assets import sources
from pages.components.browser.messages import sent
from pages.components.shared.analyses.analysed import AnalysedExamples
from pages.components.shared.class_colours import class_colours
from pages.components.shared.datasets.split_names import PARTS
from pages.components.shared.selection.chooser import choose_one
from pages.components.shared.selection.keys import class_of, key_of
from pages.components.shared.selection.labels import class_labels
from pages.components.shared.text import escape_formulas, isolated, show_errors
from pages.components.shared.viewers.viewer import ExamplePreviews
from pages.components.tasks.tasks import VIEWS
from tlcore.data.task_words import TaskWords
from tlcore.errors import printable
from tlcore.evaluate.analysis import Point
from tlcore.records import JsonType, MalformedJson

ALL = "\0all"  # no class is called so
MOST_CLASSES = 10  # with a mark of their own
SHAPES = (
    "circle",
    "square",
    "triangle",
    "diamond",
    "down",
    "hexagon",
    "star",
    "left",
    "pentagon",
    "right",
)
OTHERS = {"shape": "circle", "colour": "#999999"}
NEARNESS = """
The backbone turns each {one} into hundreds of numbers. {Many} with similar numbers look alike to the model,
and the map puts them **close together** (using PCA, then t-SNE).

**What you can read from it.** A {one} inside another class looks like that class to the model: it is hard,
or its label is wrong. Two classes that mix are hard to tell apart. A small separate group is a variety of
its class.

**What you cannot.** Hundreds of numbers do not fit into two directions. Ignore the distance between groups,
their size and their place on the map; the two directions mean nothing.
"""


class MapSelection(msgspec.Struct, frozen=True):
    """Message of the browser when a point is clicked: its place among the points."""

    at: int


_RESULT = JsonType(MapSelection)


_mount = st.components.v2.component(
    "graft_map",
    html=sources("shared/analyses/embedding_map/embedding_map.html"),
    css=sources("browser/controls.css", "shared/analyses/embedding_map/embedding_map.css"),
    js=sources("shared/analyses/embedding_map/draw.js", "shared/analyses/embedding_map/embedding_map.js"),
)


@show_errors
def show(source: AnalysedExamples) -> None:
    """The filters, the map, the example that was clicked, and all of it as a table. For a fragment."""
    points, words = source.analysis.points, source.words
    st.caption(
        f"Each point is one of {words.counted(len(points))}. Those that look alike to the model lie close "
        "together. Hover over a point to see it, click to open it."
    )
    with st.expander("How do I read this map?", icon=":material/help:"):
        st.markdown(NEARNESS.format(one=words.one, many=words.many, Many=words.many.capitalize()))
    visible = _choose_visible(source)
    st.caption(f"{sum(visible):,} of {words.counted(len(points))} shown.")
    _draw(source, visible)
    _open(source)
    if st.toggle("As a table", key=key_of("map_table", source.id)):
        _table([point for point, is_visible in zip(points, visible, strict=True) if is_visible])


def is_wrong(point: Point) -> bool:
    """True if the model was asked about it and answered wrongly."""
    return bool(point.predicted) and point.predicted != point.label


def _choose_visible(source: AnalysedExamples) -> list[bool]:
    """Draw the filters; returns for each point whether it is shown."""
    points = source.analysis.points
    classes = sorted({point.label for point in points})
    parts = [part for part in PARTS if any(point.split == part for point in points)]
    help = f"{'Test examples' if source.only_test else 'Examples'} that the model got wrong."
    with st.container(horizontal=True, vertical_alignment="bottom", key=key_of("map_filters", source.id)):
        label = choose_one(
            "Class",
            {ALL: "All classes", **class_labels(classes)},
            key=key_of("map_class", source.id),
            width=220,
        )
        part = choose_one(
            "Split",
            {ALL: "All splits"} | {str(part): PARTS[part] for part in parts},
            key=key_of("map_part", source.id),
            width=160,
        )
        only = st.toggle("Only mistakes", key=key_of("map_wrong", source.id), help=help)
    return [
        label in (ALL, point.label) and part in (ALL, point.split) and (is_wrong(point) or not only)
        for point in points
    ]


def _draw(source: AnalysedExamples, visible: Sequence[bool]) -> None:
    points = source.analysis.points
    previews = VIEWS[source.task].data.viewer.glimpses(source.dataset, [point.sha256 for point in points])
    key = key_of("map", source.id)
    opened = {
        "opened": st.session_state.get(f"{key}_opened", -1),
        "card": class_of(key_of("map_opened", source.id)),
    }
    colours = class_colours(source.classes)
    data = map_data(points, visible, previews, source.words, source.mistake, colours) | opened
    _mount(key=key, data=data, on_open_change=_listener(key, len(points)))


def map_data(
    points: Sequence[Point],
    visible: Sequence[bool],
    previews: ExamplePreviews,
    words: TaskWords,
    mistake: str,
    colours: Mapping[str, str],
) -> dict[str, object]:
    """Data that the browser draws; everything in it that is shown is text.

    Args:
        mistake: name of a mistake in the legend.
        colours: of the classes, in their order.
    """
    classes = sorted({name for p in points for name in (p.label, p.predicted) if name})
    number = {name: at for at, name in enumerate(classes)}
    parts, marks = [*PARTS], marks_of(points, colours)
    return {
        "about": f"{words.counted(len(points))}. Move with the arrow keys, open with Enter.",
        "x": [round(1000 * point.x) for point in points],
        "y": [round(1000 * point.y) for point in points],
        "label": [number[point.label] for point in points],
        "answer": [number.get(point.predicted, -1) for point in points],
        "part": [parts.index(point.split) if point.split in parts else 0 for point in points],
        "shown": [int(one) for one in visible],
        "names": [printable(point.name, 60) for point in points],
        "labels": list(class_labels(classes, most=60).values()),
        "parts": [*PARTS.values()],
        "looks": [marks.get(name, OTHERS) for name in classes],
        "legend": _legend(classes, marks),
        "wrong": mistake if any(map(is_wrong, points)) else "",
        "sheet": previews.sheet,
        "cell": previews.cell,
        "across": previews.across,
        "texts": previews.texts,
    }


def _legend(classes: Sequence[str], marks: Mapping[str, Mapping[str, str]]) -> list[dict[str, object]]:
    legend: list[dict[str, object]] = [
        {"shown": printable(name, 40), "look": mark} for name, mark in marks.items()
    ]
    if others := len(set(classes) - set(marks)):
        legend.append({"shown": f"{others} other classes", "look": OTHERS})
    return legend


def marks_of(points: Sequence[Point], colours: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """Shape and colour of each class, in the order of the classes; if they are many, of the commonest."""
    counts = Counter(point.label for point in points if point.label in colours)
    common = {label for label, _ in counts.most_common(MOST_CLASSES - (len(counts) > MOST_CLASSES))}
    named = [label for label in colours if label in common]
    return {label: {"shape": SHAPES[at], "colour": colours[label]} for at, label in enumerate(named)}


def _listener(key: str, count: int) -> Callable[[], None]:
    """Callback for the browser's message, before the section is drawn."""

    def listen() -> None:
        try:
            message = _RESULT.convert(sent(key, "open"))
        except MalformedJson:
            return  # not sent by our own script
        if 0 <= message.at < count:
            st.session_state[f"{key}_opened"] = message.at

    return listen


def _open(source: AnalysedExamples) -> None:
    """Clicked example, larger, with its class, answer, split and name."""
    points = source.analysis.points
    at = st.session_state.get(f"{key_of('map', source.id)}_opened")
    if at is None or at >= len(points):
        return
    point = points[at]
    with st.container(border=True, key=key_of("map_opened", source.id)):
        left, right = st.columns(2, vertical_alignment="center")
        with left:
            VIEWS[source.task].data.viewer.large(source.dataset, point.sha256)
        with right:
            st.markdown(f"**{isolated(printable(point.label))}**")
            st.markdown(_answer_text(point))
            st.caption(f"{PARTS.get(point.split, '')} · {isolated(printable(point.name))}")  # type: ignore[call-overload]
            st.button(
                "Close",
                icon=":material/close:",
                key=key_of("map_close", source.id),
                on_click=_close,
                args=(source.id,),
            )


def _close(id: str) -> None:
    st.session_state.pop(f"{key_of('map', id)}_opened", None)


def _answer_text(point: Point) -> str:
    if not point.predicted:
        return "The model learned from it, so it was not asked."
    if is_wrong(point):
        return f":material/close: The model answered {isolated(printable(point.predicted))}."
    return ":material/check: The model answered the same."


def _table(points: Sequence[Point]) -> None:
    """Table of the points; a grid draws text only."""
    rows = [
        {
            "Class": printable(point.label),
            "Answer": printable(point.predicted),
            "Mistake": is_wrong(point),
            "Split": PARTS.get(point.split, ""),  # type: ignore[call-overload]
            "Name": printable(point.name),
            "Across": point.x,
            "Up": point.y,
        }
        for point in points
    ]
    st.dataframe(
        escape_formulas(pd.DataFrame(rows)), hide_index=True, key="map_rows", alt="Points of the map"
    )
