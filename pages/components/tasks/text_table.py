"""The table of texts, to look through and to change: select rows, then choose an action."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import streamlit as st

from pages.components.shared.datasets import edits
from pages.components.shared.datasets.facts import DatasetFacts
from pages.components.shared.datasets.split_names import AUTOMATIC, PARTS, SPLITS
from pages.components.shared.paging import choose_page
from pages.components.shared.selection.chooser import choose_or_none
from pages.components.shared.selection.labels import class_labels
from pages.components.shared.text import counted, escape_formulas, isolated
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Key, Manifest
from tlcore.data.versions.edits import Edit, Exclude, MoveToSplit, Relabel, Restore
from tlcore.data.versions.example_states import ExampleState
from tlcore.errors import printable

PER_PAGE = 500
LONGEST = 2000  # characters of a text in a cell
GONE = "(this text is gone)"


def show_table(
    dataset: Dataset,
    manifest: Manifest,
    facts: DatasetFacts,
    texts: Mapping[str, str],
    shown: Sequence[ExampleState],
    key: str,
    choice: str = "",
) -> None:
    """A page of the texts in `shown`, to look at and to change; arguments as for `show_gallery`."""
    page = choose_page(len(shown), PER_PAGE, f"{key}_{choice}_page")
    states = shown[(page - 1) * PER_PAGE : page * PER_PAGE]
    tools = st.container()
    rows: list[int] = []
    if states:
        # The version is in the key, because a selection of rows belongs to one version.
        event = st.dataframe(
            escape_formulas(pd.DataFrame([_row(state, facts, texts) for state in states])),
            hide_index=True,
            key=f"{key}_{choice}_{page}_{manifest.version}",
            on_select="rerun",
            selection_mode="multi-row",
            column_config={"Text": st.column_config.TextColumn(width="large")},
        )
        rows = [row for row in event["selection"]["rows"] if row < len(states)]
    chosen = [states[row] for row in rows]
    with tools:
        if states:
            _tools(dataset, manifest, chosen, key)
        edits.notice(dataset, key)
    if len(chosen) == 1:
        with st.container(border=True):
            for line in texts.get(chosen[0].example.sha256, GONE).splitlines():
                st.markdown(isolated(line))


def _row(state: ExampleState, facts: DatasetFacts, texts: Mapping[str, str]) -> dict[str, str]:
    """One row, as text only."""
    key = state.example.key
    part = PARTS.get(facts.places.get(key, "unused"), "") if state.used else "Set aside"
    return {
        "Text": printable(texts.get(state.example.sha256, GONE), LONGEST),
        "Class": printable(state.example.label),
        "Split": part if state.example.label else "",
        "Problem": printable("; ".join(facts.title(kind) for kind in facts.troubles.get(key, ())), 300),
    }


def _tools(dataset: Dataset, manifest: Manifest, chosen: Sequence[ExampleState], key: str) -> None:
    keys = tuple(state.example.key for state in chosen)
    hint = "Select rows with the boxes on the left."
    st.caption(f"{counted(len(keys), 'text')} selected." if keys else hint)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = choose_or_none(
            "New class",
            class_labels(manifest.classes),
            accept_new_options=True,
            placeholder="Choose or type a class",
            key=f"{key}_label",
            width=240,
        )
        _button("Set class", keys if label else (), dataset, key, lambda: Relabel(keys, str(label)))
        _button("Set aside", keys, dataset, key, lambda: Exclude(keys))
        _button("Use again", keys, dataset, key, lambda: Restore(keys))
        part = choose_or_none(
            "Split",
            {part: PARTS.get(part, AUTOMATIC) for part in SPLITS},  # type: ignore[call-overload]
            placeholder="Choose a split",
            key=f"{key}_part",
            width=180,
        )
        _button(
            "Move",
            keys if part is not None else (),
            dataset,
            key,
            lambda: MoveToSplit(keys, SPLITS[str(part)]),
        )


def _button(name: str, keys: Sequence[Key], dataset: Dataset, place: str, edit: Callable[[], Edit]) -> None:
    st.button(
        name,
        disabled=not keys,
        key=f"{place}_{name}",
        on_click=lambda: edits.carry_out(dataset, [edit()], place),
    )
