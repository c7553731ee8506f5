"""The classes of a data set: the number of examples of each, and a form to rename or merge them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.components.shared.class_colours import class_colours
from pages.components.shared.datasets import edits
from pages.components.shared.selection.chooser import choose_one
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.labels import class_labels
from pages.components.shared.text import isolated, show_error
from tlcore.data.checks.pixel_shares import pixel_shares
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest
from tlcore.data.task_words import WORDS
from tlcore.data.versions.edits import Rename, class_name
from tlcore.errors import GraftError, printable

LONGEST = 24  # characters of a name beside its bar, so that a phone has room for the bar


def show(dataset: Dataset, manifest: Manifest) -> None:
    """The counts as bars, and the form to rename a class."""
    if not manifest.classes:
        st.markdown(f"No {WORDS[manifest.task].one} has a class yet.")
        return
    boxes = manifest.box_counts()
    shares = {} if boxes else pixel_shares(dataset, manifest)
    many = WORDS[manifest.task].many
    if boxes:
        _bars(boxes, "boxes")
    elif shares:
        _bars({label: round(100 * share, 1) for label, share in shares.items()}, "% of all pixels")
    else:
        _bars(manifest.counts(), many)
    if boxes or shares:
        _empty_sentence(manifest)
    _rename_form(dataset, manifest)


def _empty_sentence(manifest: Manifest) -> None:
    """The pictures in which somebody has found nothing."""
    empty = sum(not example.labels for example in manifest.examples)
    if empty:
        shows = "shows" if empty == 1 else "show"
        pictures = WORDS[manifest.task].counted(empty)
        st.markdown(
            f"{pictures[0].upper()}{pictures[1:]} {shows} nothing of these classes. "
            "From such pictures the model learns what to leave alone."
        )


def _bars(counts: Mapping[str, float], many: str) -> None:
    st.echarts_chart(
        bars_spec(counts, many),
        height=80 + 30 * len(counts),
        key="classes_chart",
        renderer="svg",
        alt=f"Number of {many} of each class",
    )


def bars_spec(counts: Mapping[str, float], many: str) -> dict[str, Any]:
    """A bar for each class, for ECharts; a long name is whole where somebody points at its bar."""
    colours = class_colours(list(counts))
    return {
        "animation": False,
        "grid": {"left": 4, "right": 40, "top": 8, "bottom": 34, "containLabel": True},
        "tooltip": {"confine": True},
        "xAxis": {
            "type": "value",
            "minInterval": 1,
            "name": many.capitalize(),
            "nameLocation": "middle",
            "nameGap": 28,
        },
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [printable(label, LONGEST) for label in counts],
            "axisLabel": {"interval": 0},
            "axisTick": {"show": False},
        },
        "series": [
            {
                "type": "bar",
                "barMaxWidth": 24,
                "label": {"show": True, "position": "right"},
                "data": [
                    {"name": printable(label), "value": count, "itemStyle": {"color": colours[label]}}
                    for label, count in counts.items()
                ],
            }
        ],
    }


def _rename_form(dataset: Dataset, manifest: Manifest) -> None:
    """A form for a new name; before it merges two classes, it warns and asks."""
    place = key_of("rename", dataset.id)
    counts = manifest.counts()
    with st.container(border=True):
        st.markdown("**Rename a class**, or merge two classes by giving one the name of the other.")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            old = choose_one("Class", class_labels(counts), key=f"{place}_old", width=260)
            new = st.text_input("New name", key=f"{place}_new", max_chars=100, width=260)
            name = _new_name(new)
            merges = name in counts and name != old
            st.button(
                "Rename",
                key=f"{place}_button",
                disabled=not name or name == old or merges,
                on_click=_rename_class,
                args=(dataset, old, place),
            )
        if merges:
            both = WORDS[manifest.task].counted(counts[old] + counts[name])
            st.warning(
                f"You already have a class {isolated(name)}. This merges {isolated(old)} into it: {both}.",
                icon=":material/merge:",
            )
            st.button(
                "Merge them",
                key=f"{place}_merge",
                on_click=_rename_class,
                args=(dataset, old, place, True),
            )
        edits.notice(dataset, place)


def _new_name(typed: str) -> str:
    """The new name; "" while nothing is typed."""
    try:
        return class_name(typed) if typed.strip() else ""
    except GraftError as error:
        show_error(error)
        return ""


def _rename_class(dataset: Dataset, old: str, place: str, merge: bool = False) -> None:
    """Rename the class; merge only from the button beside the warning."""
    try:
        name = class_name(str(st.session_state[f"{place}_new"]))
        if not merge and name in dataset.read().classes:
            return
    except GraftError:
        return  # no name, or the data set was deleted elsewhere, which the page reports
    edits.carry_out(dataset, [Rename(old, name)], place)
    if edits.log(dataset).error is None:
        st.session_state[f"{place}_new"] = ""
        st.session_state[f"{place}_old"] = name
