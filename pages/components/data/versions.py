"""The versions of a data set: what each changed, which runs used it, and one click to take it back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from pages.components.shared.datasets import edits
from pages.components.shared.paging import choose_page
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.run_names import run_label, run_names
from pages.components.shared.selection.selection import all_runs
from pages.components.shared.text import local_time, plain
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest
from tlcore.data.versions import VERSION, Version
from tlcore.errors import GraftError
from tlcore.records import MalformedJson
from tlcore.runs.run import Run

PER_PAGE = 20
MOST_RUNS = 5  # named beside a version


def show(dataset: Dataset, manifest: Manifest) -> None:
    """All versions up to this one, the newest first."""
    place = key_of("versions", dataset.id)
    st.caption(
        "Every change makes a version, and none is lost: a run keeps the one that it was trained on. "
        "Undoing takes back what that version changed, and leaves what came after it."
    )
    edits.notice(dataset, place)
    page = choose_page(manifest.version, PER_PAGE, f"{place}_page")
    newest = manifest.version - (page - 1) * PER_PAGE
    used, names = _used(dataset), run_names()
    for number in range(newest, max(0, newest - PER_PAGE), -1):
        _one(dataset, number, used.get(number, []), names, place)


def _one(dataset: Dataset, number: int, used: list[Run], names: Mapping[str, str], place: str) -> None:
    try:
        version = _version(str(dataset.manifest(number)))
    except (OSError, MalformedJson):
        return  # a version that is gone is not missed by the others
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"version_{number}"):
        st.markdown(f"**Version {number}**", width=100)
        with st.container():
            change = edits.sentence(version.change) if number > 1 else "As it came in."
            st.markdown(plain(change))
            st.caption(plain(local_time(version.created)))
            for run in used[:MOST_RUNS]:
                st.page_link(
                    "pages/train.py",
                    label=f"Used by {run_label(run.id, names.get(run.id, ''))}",
                    icon=":material/model_training:",
                    query_params={"run": run.id},
                )
            if len(used) > MOST_RUNS:
                st.caption(f"and {len(used) - MOST_RUNS} more runs")
        if number > 1:
            st.button(
                "Undo",
                icon=":material/undo:",
                key=f"{place}_{number}",
                on_click=edits.undo,
                args=(dataset, number, place),
            )


@st.cache_data(max_entries=2000, show_spinner=False)
def _version(path: str) -> Version:
    """What the list shows of a version, which never changes; every 50th is a file as large as the data."""
    return VERSION.read(Path(path))


def _used(dataset: Dataset) -> dict[int, list[Run]]:
    """The runs that each version was used by, newest first."""
    used: dict[int, list[Run]] = defaultdict(list)
    for run in all_runs():
        try:
            config = run.config()
        except GraftError:
            continue  # its settings cannot be read: nobody knows what it used
        if config.data == str(dataset.folder):
            used[config.data_version].append(run)
    return used
