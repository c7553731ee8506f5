"""The data set and the run that a page shows: from its address, else the last choice, else the newest.

The workspace holds the data; this module holds only the choice. All sessions share the manifests in memory.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

import msgspec
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.shared.selection import chooser
from pages.components.shared.selection.labels import unique_labels
from pages.components.shared.selection.run_names import (
    creation_second,
    creation_time,
    id_suffix,
)
from pages.components.shared.text import counted, isolated, plain
from tlcore import system
from tlcore.data.dataset import Dataset, datasets
from tlcore.data.manifest import Manifest, Task
from tlcore.errors import DataError, GraftError, printable
from tlcore.records import JsonType, MalformedJson
from tlcore.runs.run import Run, runs
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace
from tlcore.workspace.refusals import list_folder

MOST_NAMED = 3  # folders that cannot be shown
FOLDERS = {"data": "datasets", "run": "runs"}  # name in an address: folder in the workspace
WIDTH = 340  # pixels of the boxes


def ready_datasets() -> list[Dataset]:
    """Complete data sets that can be read, newest first."""
    return [
        dataset for dataset in datasets(Workspace().datasets) if dataset.is_ready and _can_be_read(dataset)
    ]


def _can_be_read(dataset: Dataset) -> bool:
    try:
        read_summary(dataset)
    except DataError:
        return False
    return True


def manifest_of(dataset: Dataset, version: int | None = None) -> Manifest:
    """The manifest of that version, or of the newest; the last ones stay in memory, for all sessions.

    Raises:
        DataError: it is gone, or cannot be read.
    """
    return dataset.read(version)


class DatasetSummary(msgspec.Struct, frozen=True):
    """The small part of a manifest that lists of data sets show, whatever the number of examples."""

    name: str
    task: Task = "images"
    classes: tuple[str, ...] = ()


_ABOUT = JsonType(DatasetSummary)


def read_summary(dataset: Dataset) -> DatasetSummary:
    """Name, task and classes of a data set, from its newest version.

    Raises:
        DataError: that, or the first version, cannot be read.
    """
    found = DatasetSummary(dataset.id)
    for version in sorted({1, dataset.latest}):
        path = dataset.manifest(version)
        try:
            found = _about(str(path), path.stat().st_mtime_ns)
        except OSError as error:
            raise DataError(f"{path.name}: {error.strerror or error}.") from error
        except MalformedJson as error:
            raise DataError(f"{path.name}: {error}.") from error
    return found


def summary(dataset: Dataset) -> DatasetSummary:
    """The same; only the folder's name if the manifest cannot be read."""
    try:
        return read_summary(dataset)
    except DataError:
        return DatasetSummary(dataset.id)


@st.cache_data(max_entries=1000, show_spinner=False)
def _about(path: str, modified: int) -> DatasetSummary:
    return _ABOUT.read(Path(path))


def dataset_names(found: Iterable[Dataset] | None = None) -> dict[str, str]:
    """A unique label for each ready data set, by id, for boxes and tables. Text, not Markdown."""
    found = ready_datasets() if found is None else found
    about = {dataset.id: summary(dataset) for dataset in found}
    return unique_labels(
        about,
        lambda id: printable(about[id].name),
        creation_time,
        lambda id: counted(len(about[id].classes), "class", "classes"),
        creation_second,
        id_suffix,
    )


def dataset_name(dataset: Dataset) -> str:
    """The label of one data set."""
    return dataset_names().get(dataset.id) or printable(summary(dataset).name)


def choose_dataset(line: DeltaGenerator | None = None) -> Dataset | None:
    """A box, at the end of the page's first line, to choose a data set; None if there is none."""
    found = {dataset.id: dataset for dataset in ready_datasets()}
    check_address("data", found)
    if not found:
        return None
    labels = dataset_names(found.values())
    chosen = chooser.choose_addressed(
        "Data set",
        labels,
        "data",
        next(iter(labels)),
        key="choose_data",
        within=line,
        icon=":material/photo_library:",
        label_visibility="collapsed",
        width=WIDTH,
    )
    return found.get(chosen)


def show_no_data() -> None:
    """Message of a page that needs data, with a button to the page where a person brings them."""
    st.info("Bring some pictures or texts first, or use a sample.", icon=":material/info:")
    if st.button("Go to Data", type="primary"):
        st.switch_page("pages/data.py")


def _warn_of_unusable_names(kind: str) -> None:
    """Warn of folders that no list shows, because their names are not valid text."""
    folder = Workspace().root / FOLDERS[kind]
    names = [printable(item.name) for item in list_folder(folder) if not system.is_text(item.name)]
    if names:
        shown = ", ".join(isolated(name) for name in sorted(names)[:MOST_NAMED])
        st.warning(
            f"{counted(len(names), 'folder')} in {plain(folder)} cannot be shown, because the name is "
            f"not valid text: {shown}. Rename the folder to use it.",
            icon=":material/folder_off:",
        )


def check_address(kind: str, ids: Collection[str]) -> None:
    """Warn of entries that no box can offer, and of an address that leads to none of these."""
    _warn_of_unusable_names(kind)
    named = st.query_params.get(kind)
    if ids and named and named not in ids:
        found = Workspace().find(FOLDERS[kind], named)
        if found is None:
            st.warning("This address leads to something that no longer exists.", icon=":material/search_off:")
        elif kind == "run" and _has_settings(Run(found)):
            st.info("The run at this address has no model yet.", icon=":material/hourglass_empty:")


def all_runs() -> list[Run]:
    """Runs whose settings can be read, newest first."""
    return [run for run in runs(Workspace().runs) if _has_settings(run)]


def _has_settings(run: Run) -> bool:
    try:
        run.config()
    except GraftError:
        return False
    return True


def runs_with_model() -> list[Run]:
    """Runs whose model can answer, newest first: from its file, or from the process that trained it."""
    return [run for run in all_runs() if run.has_model or BACKEND.can_answer(run)]
