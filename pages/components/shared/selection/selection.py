"""Which data set and run a page shows: the address says, else the last choice, else the newest.

Truth is on disk; only the choice lives here. Manifests are read once per version and shared by all sessions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
import streamlit as st

from pages.components.shared.selection import chooser
from pages.components.shared.selection.labels import unique_labels
from pages.components.shared.selection.run_names import (
    creation_second,
    creation_time,
    id_suffix,
    run_name,
    run_names,
)
from pages.components.shared.text import counted, isolated, plain
from tlcore import system
from tlcore.data.dataset import Dataset, datasets
from tlcore.data.manifest import Manifest, Task
from tlcore.errors import DataError, GraftError, printable
from tlcore.records import JsonType, MalformedJson
from tlcore.refusals import listed
from tlcore.runs.run import Run, runs
from tlcore.workspace import Workspace

MOST_NAMED = 3  # folders that cannot be shown
FOLDERS = {"data": "datasets", "run": "runs"}  # what an address calls it: where it lies


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
    """The manifest of that version, or of the newest, kept in memory: it never changes.

    Raises:
        DataError: it is gone, or cannot be read.
    """
    version = dataset.latest if version is None else version
    return _manifest(str(dataset.folder), version, _modified(dataset.manifest(version)))


# Few: one of 30,000 examples takes 20 MB, and every change of a data set makes another.
@st.cache_resource(max_entries=4, show_spinner=False)
def _manifest(folder: str, version: int, modified: int) -> Manifest:
    return Dataset(Path(folder)).read(version)


def _modified(path: Path) -> int:
    """When a file was last changed, in nanoseconds; 0 where there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


class DatasetSummary(msgspec.Struct, frozen=True):
    """What lists of data sets show: the part of a manifest that takes no room, however many examples."""

    name: str
    task: Task = "images"
    classes: tuple[str, ...] = ()


_ABOUT = JsonType(DatasetSummary)


def read_summary(dataset: Dataset) -> DatasetSummary:
    """Name, task and classes of a data set, as its newest version says them.

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
    """The same; its folder's name when the manifest cannot be read."""
    try:
        return read_summary(dataset)
    except DataError:
        return DatasetSummary(dataset.id)


@st.cache_data(max_entries=1000, show_spinner=False)
def _about(path: str, modified: int) -> DatasetSummary:
    return _ABOUT.read(Path(path))


def dataset_names(found: Iterable[Dataset] | None = None) -> dict[str, str]:
    """Each ready data set by its id, as boxes and tables show it: its name, and where another one is called
    the same, what differs. Text, not Markdown.
    """
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
    """One of them."""
    return dataset_names().get(dataset.id) or printable(summary(dataset).name)


def choose_dataset(label: str = "Data set") -> Dataset | None:
    """A box to choose among the data sets; None when there is none."""
    found = {dataset.id: dataset for dataset in ready_datasets()}
    return found.get(_choose("data", dataset_names(found.values()), label))


def choose_dataset_or_link() -> Dataset | None:
    """The same, and the way to the Data page where there is none."""
    dataset = choose_dataset()
    if dataset is None:
        st.info("First bring some pictures or texts, or use a sample.", icon=":material/info:")
        if st.button("Go to Data", type="primary"):
            st.switch_page("pages/data.py")
    return dataset


def choose_run(found: Sequence[Run], label: str = "Run") -> Run | None:
    """A box to choose among runs; None when there is none."""
    by_id, names = {run.id: run for run in found}, run_names()
    return by_id.get(_choose("run", {id: names.get(id) or run_name(id) for id in by_id}, label))


def _left_out(kind: str) -> None:
    """Say which folders are in no list, since no file and no address can name them."""
    folder = Workspace().root / FOLDERS[kind]
    names = [printable(item.name) for item in listed(folder) if not system.is_text(item.name)]
    if names:
        said = ", ".join(isolated(name) for name in sorted(names)[:MOST_NAMED])
        st.warning(
            f"Not shown, since such a name is no text: {counted(len(names), 'folder')} in {plain(folder)}: "
            f"{said}. Rename what you want to use.",
            icon=":material/folder_off:",
        )


def _choose(kind: str, labels: Mapping[str, str], label: str) -> str:
    _left_out(kind)
    if not labels:
        return ""
    named = st.query_params.get(kind)
    if named and named not in labels:
        found = Workspace().find(FOLDERS[kind], named)
        if found is None:
            st.warning("What this address names is not here any more.", icon=":material/search_off:")
        elif kind == "run" and _has_settings(Run(found)):
            st.info("The run that this address names has no model yet.", icon=":material/hourglass_empty:")
    return chooser.choose_addressed(label, labels, kind, next(iter(labels)), key=f"choose_{kind}")


def all_runs() -> list[Run]:
    """Runs whose settings can be read, newest first."""
    return [run for run in runs(Workspace().runs) if _has_settings(run)]


def _has_settings(run: Run) -> bool:
    try:
        run.config()
    except GraftError:
        return False
    return True


def finished_runs() -> list[Run]:
    """Runs with a model to try, newest first."""
    return [run for run in all_runs() if run.has_model]
