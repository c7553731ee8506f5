"""The versions of a data set: the change of each, the runs that use it, and Undo."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from pages.components.shared.datasets import edits
from pages.components.shared.paging import choose_page
from pages.components.shared.selection.experiment_runs import ExperimentRuns, fold
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.run_names import run_label, run_names
from pages.components.shared.selection.selection import all_runs
from pages.components.shared.text import counted, local_time, plain
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest
from tlcore.data.versions.versions import VERSION, Version
from tlcore.errors import GraftError
from tlcore.records import MalformedJson
from tlcore.runs.run import Run

PER_PAGE = 20
MOST_ROWS = 5  # links beside a version


def show(dataset: Dataset, manifest: Manifest) -> None:
    """All versions up to this one, the newest first."""
    place = key_of("versions", dataset.id)
    st.caption(
        "Every change makes a new version, and each run keeps the version it was trained on. Undo reverses "
        "the change of one version and keeps the later ones."
    )
    edits.notice(dataset, place)
    page = choose_page(manifest.version, PER_PAGE, f"{place}_page")
    newest = manifest.version - (page - 1) * PER_PAGE
    runs_by_version, names = _runs_by_version(dataset), run_names()
    for number in range(newest, max(0, newest - PER_PAGE), -1):
        _show_version(dataset, number, runs_by_version.get(number, []), names, place)


def _show_version(
    dataset: Dataset, number: int, users: list[Run], names: Mapping[str, str], place: str
) -> None:
    try:
        version = _version(str(dataset.manifest(number)))
    except (OSError, MalformedJson):
        return  # the others do not need a version that is gone
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"version_{number}"):
        st.markdown(f"**Version {number}**", width=100)
        with st.container():
            change = edits.sentence(version.change) if number > 1 else "As imported."
            st.markdown(plain(change))
            st.caption(plain(local_time(version.created)))
            _show_users(users, names)
        if number > 1:
            st.button(
                "Undo",
                icon=":material/undo:",
                key=f"{place}_{number}",
                on_click=edits.undo,
                args=(dataset, number, place),
            )


def _show_users(users: list[Run], names: Mapping[str, str]) -> None:
    """Links to the runs that use a version; those of an experiment are one."""
    rows = fold([run.id for run in users])
    for row in rows[:MOST_ROWS]:
        if isinstance(row, ExperimentRuns):
            st.page_link(
                "pages/compare.py",
                label=f"Used by {plain(row.title)}",
                icon=":material/science:",
                query_params={"experiment": row.id},
            )
        else:
            st.page_link(
                "pages/train.py",
                label=f"Used by {run_label(row, names.get(row, ''))}",
                icon=":material/model_training:",
                query_params={"run": row},
            )
    if rest := rows[MOST_ROWS:]:
        runs = sum(len(row.labels) if isinstance(row, ExperimentRuns) else 1 for row in rest)
        st.caption(f"and {counted(runs, 'more run')}")


@st.cache_data(max_entries=2000, show_spinner=False)
def _version(path: str) -> Version:
    """A version, which never changes; every 50th file is as large as the whole manifest."""
    return VERSION.read(Path(path))


def _runs_by_version(dataset: Dataset) -> dict[int, list[Run]]:
    """The runs that use each version, newest first."""
    runs_by_version: dict[int, list[Run]] = defaultdict(list)
    for run in all_runs():
        try:
            config = run.config()
        except GraftError:
            continue  # its settings cannot be read, so its data set is unknown
        if config.data == str(dataset.folder):
            runs_by_version[config.data_version].append(run)
    return runs_by_version
