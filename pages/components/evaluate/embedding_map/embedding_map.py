"""Evaluate, map: examples that look alike to the model lie close together.

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
from pages.components.evaluate.results.analysis_cache import analysis_of, show_missing
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
from tlcore.runs.run import Run

ALL = "\0all"  # no class is called so
MOST_CLASSES = 10  # with a look of their own
# Okabe and Ito's colours, which colour-blind people tell apart; "ink" is black, or white on a dark page.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "ink")
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
The backbone describes each of the {many} by hundreds of numbers. {Many} whose numbers are alike look alike
to the model, and the map puts them **close together** (PCA, then t-SNE).

**What it tells.** A {one} amid another class looks like that class to the model: a hard one, or one with a
wrong label. Two classes that mix are hard to tell apart. Small groups of one class are kinds of their own.

**What it does not tell.** So many numbers do not fit into two directions. How far apart two groups lie, how
large or how dense one is and where on the map it lies mean little or nothing; neither direction has a name.
"""


class MapSelection(msgspec.Struct, frozen=True):
    """What the browser says when an example is to be opened: its place among the points."""

    at: int


_OPENED = JsonType(MapSelection)


_mount = st.components.v2.component(
    "graft_map",
    html=sources("evaluate/embedding_map/embedding_map.html"),
    css=sources("browser/controls.css", "evaluate/embedding_map/embedding_map.css"),
    js=sources("evaluate/embedding_map/draw.js", "evaluate/embedding_map/embedding_map.js"),
)


def show(run: Run) -> None:
    """The map, or why there is none."""
    study, words = analysis_of(run), run.words
    if study is None:
        show_missing(run, "the map")
        return
    if not study.points:
        why = f"This run has too few {words.many} for a map."
        if study.no_points == "failed":
            why = "Drawing the map failed; train.log in the folder of this run says why."
        st.info(why, icon=":material/info:")
        return
    st.fragment(show_errors(_section))(run, study.points, words)


def _section(run: Run, points: Sequence[Point], words: TaskWords) -> None:
    st.caption(
        f"Each point is one of {words.counted(len(points))}. Those that look alike to the model lie close "
        f"together. Point at one to see it; click to open it."
    )
    with st.expander("What does nearness mean?", icon=":material/help:"):
        st.markdown(NEARNESS.format(one=words.one, many=words.many, Many=words.many.capitalize()))
    shown = _choose_visible(run, points)
    st.caption(f"{sum(shown):,} of {words.counted(len(points))} shown.")
    _draw(run, points, shown, words)
    _open(run, points, words)
    if st.toggle("As a table", key=key_of("map_table", run.id)):
        _table([point for point, is_shown in zip(points, shown, strict=True) if is_shown])


def is_wrong(point: Point) -> bool:
    """Whether the model was asked about it, and answered wrongly."""
    return bool(point.predicted) and point.predicted != point.label


def _choose_visible(run: Run, points: Sequence[Point]) -> list[bool]:
    """Which points are shown; draws the boxes that say so."""
    classes = sorted({point.label for point in points})
    parts = [part for part in PARTS if any(point.split == part for point in points)]
    with st.container(horizontal=True, vertical_alignment="bottom", key=key_of("map_filters", run.id)):
        label = choose_one(
            "Class",
            {ALL: "All classes", **class_labels(classes)},
            key=key_of("map_class", run.id),
            width=220,
        )
        part = choose_one(
            "Part",
            {ALL: "All parts"} | {str(part): PARTS[part] for part in parts},
            key=key_of("map_part", run.id),
            width=160,
        )
        only = st.toggle(
            "Only mistakes", key=key_of("map_wrong", run.id), help="Test examples answered wrongly."
        )
    return [
        label in (ALL, point.label) and part in (ALL, point.split) and (is_wrong(point) or not only)
        for point in points
    ]


def _draw(run: Run, points: Sequence[Point], shown: Sequence[bool], words: TaskWords) -> None:
    dataset = run.dataset()
    seen = VIEWS[run.task].data.viewer.glimpses(dataset, [point.sha256 for point in points])
    key = key_of("map", run.id)
    opened = {
        "opened": st.session_state.get(f"{key}_opened", -1),
        "card": class_of(key_of("map_opened", run.id)),
    }
    drawn = map_data(points, shown, seen, words) | opened
    _mount(key=key, data=drawn, on_open_change=_listener(key, len(points)))


def map_data(
    points: Sequence[Point], shown: Sequence[bool], seen: ExamplePreviews, words: TaskWords
) -> dict[str, object]:
    """What the browser draws; everything in it that is shown is text."""
    known = sorted({name for p in points for name in (p.label, p.predicted) if name})
    number = {name: at for at, name in enumerate(known)}
    parts = [*PARTS]
    looks = marks_of(points)
    others = [name for name in known if name not in looks]
    legend = [{"shown": printable(name, 40), "look": look} for name, look in looks.items()]
    if others:
        legend.append({"shown": f"{len(others)} other classes", "look": OTHERS})
    return {
        "about": f"{words.counted(len(points))}: arrow keys lead from one to another, Enter opens it.",
        "x": [round(1000 * point.x) for point in points],
        "y": [round(1000 * point.y) for point in points],
        "label": [number[point.label] for point in points],
        "answer": [number.get(point.predicted, -1) for point in points],
        "part": [parts.index(point.split) if point.split in parts else 0 for point in points],
        "shown": [int(one) for one in shown],
        "names": [printable(point.name, 60) for point in points],
        "labels": list(class_labels(known, most=60).values()),
        "parts": [*PARTS.values()],
        "looks": [looks.get(name, OTHERS) for name in known],
        "legend": legend,
        "wrong": f"test {words.one} answered wrongly" if any(map(is_wrong, points)) else "",
        "sheet": seen.sheet,
        "cell": seen.cell,
        "across": seen.across,
        "texts": seen.texts,
    }


def marks_of(points: Sequence[Point]) -> Mapping[str, Mapping[str, str]]:
    """Shape and colour of each class; where they are too many, of the commonest, the commonest first."""
    counts = Counter(point.label for point in points)
    ranked = sorted(counts, key=lambda label: (-counts[label], label))
    named = ranked if len(ranked) <= MOST_CLASSES else ranked[: MOST_CLASSES - 1]
    return {
        label: {"shape": SHAPES[at], "colour": COLOURS[at % len(COLOURS)]} for at, label in enumerate(named)
    }


def _listener(key: str, count: int) -> Callable[[], None]:
    """What hears the browser, before the section is drawn."""

    def listen() -> None:
        try:
            told = _OPENED.convert(st.session_state[key].get("open"))
        except MalformedJson:
            return  # not said by our own script
        if 0 <= told.at < count:
            st.session_state[f"{key}_opened"] = told.at

    return listen


def _open(run: Run, points: Sequence[Point], words: TaskWords) -> None:
    """The example that was clicked, larger, with what is known of it."""
    at = st.session_state.get(f"{key_of('map', run.id)}_opened")
    if at is None or at >= len(points):
        return
    point = points[at]
    with st.container(border=True, key=key_of("map_opened", run.id)):
        left, right = st.columns(2, vertical_alignment="center")
        with left:
            VIEWS[run.task].data.viewer.large(run.dataset(), point.sha256)
        with right:
            st.markdown(f"**{isolated(printable(point.label))}**")
            st.markdown(_answer_text(point))
            st.caption(f"{PARTS.get(point.split, '')} · {isolated(printable(point.name))}")  # type: ignore[call-overload]
            st.button(
                "Close",
                icon=":material/close:",
                key=key_of("map_close", run.id),
                on_click=_close,
                args=(run,),
            )


def _close(run: Run) -> None:
    st.session_state.pop(f"{key_of('map', run.id)}_opened", None)


def _answer_text(point: Point) -> str:
    if not point.predicted:
        return "The model has learned from it, so it was not asked."
    if is_wrong(point):
        return f":material/close: The model said {isolated(printable(point.predicted))}."
    return ":material/check: The model said the same."


def _table(points: Sequence[Point]) -> None:
    """The shown points; a grid draws text only."""
    rows = [
        {
            "Class": printable(point.label),
            "The model said": printable(point.predicted),
            "Mistake": is_wrong(point),
            "Part": PARTS.get(point.split, ""),  # type: ignore[call-overload]
            "Name": printable(point.name),
            "Across": point.x,
            "Up": point.y,
        }
        for point in points
    ]
    st.dataframe(
        escape_formulas(pd.DataFrame(rows)), hide_index=True, key="map_rows", alt="The points of the map"
    )
