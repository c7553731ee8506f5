"""Which data set and run a page shows: the address says, else the last choice, else the newest.

Truth is on disk; only the choice lives here. Manifests are read once per version and shared by all sessions.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
import streamlit as st

from pages.components.words import isolated, plain
from tlcore.data.dataset import Dataset, datasets
from tlcore.data.manifest import Manifest, Task
from tlcore.errors import printable
from tlcore.records import JsonType, MalformedJson
from tlcore.runs import notes
from tlcore.runs.run import Run, runs
from tlcore.workspace import Workspace

FOLDERS = {"data": "datasets", "run": "runs"}  # what an address calls it: where it lies


def ready_datasets() -> list[Dataset]:
    """Complete data sets, newest first."""
    return [dataset for dataset in datasets(Workspace().datasets) if dataset.is_ready]


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


class About(msgspec.Struct, frozen=True):
    """What lists of data sets show: the part of a manifest that takes no room, however many examples."""

    name: str
    task: Task = "images"
    classes: tuple[str, ...] = ()


_ABOUT = JsonType(About)


def summary(dataset: Dataset) -> About:
    """Name, task and classes of a data set; its folder's name when the manifest cannot be read."""
    try:
        path = dataset.manifest(dataset.latest)
        return _about(str(path), path.stat().st_mtime_ns)
    except (OSError, MalformedJson):
        return About(dataset.id)


@st.cache_data(max_entries=1000, show_spinner=False)
def _about(path: str, modified: int) -> About:
    return _ABOUT.read(Path(path))


def choose_dataset(label: str = "Data set") -> Dataset | None:
    """A box to choose among the data sets; None when there is none."""
    found = {dataset.id: dataset for dataset in ready_datasets()}
    return found.get(_choose("data", list(found), label, lambda id: printable(summary(found[id]).name)))


def dataset_or_way() -> Dataset | None:
    """The same, and the way to the Data page where there is none."""
    dataset = choose_dataset()
    if dataset is None:
        st.info("First bring some pictures or texts, or use a sample.", icon=":material/info:")
        if st.button("Go to Data", type="primary"):
            st.switch_page("pages/data.py")
    return dataset


def choose_run(found: Sequence[Run], label: str = "Run") -> Run | None:
    """A box to choose among runs; None when there is none."""
    by_id = {run.id: run for run in found}
    return by_id.get(_choose("run", list(by_id), label, run_name))


def _choose(kind: str, ids: list[str], label: str, name) -> str:  # type: ignore[no-untyped-def]
    if not ids:
        return ""
    named = st.query_params.get(kind)
    wanted = named or st.session_state.get(kind)
    if named and Workspace().find(FOLDERS[kind], named) is None:
        st.warning("What this address names is not here any more.", icon=":material/search_off:")
    index = ids.index(wanted) if wanted in ids else 0
    # The key changes with the list, so that a new entry never leaves the box on a stale position.
    chosen = st.selectbox(label, ids, index, format_func=name, key=f"choose_{kind}_{hash(tuple(ids))}")
    remember(kind, chosen)
    return chosen


def remember(kind: str, id: str) -> None:
    """Make `id` the choice of this session and of the address."""
    st.session_state[kind] = id
    if st.query_params.get(kind) != id:
        st.query_params[kind] = id


def forget(id: str) -> None:
    """Let nobody look for what was deleted."""
    for kind in FOLDERS:
        if st.query_params.get(kind) == id:
            del st.query_params[kind]
        if st.session_state.get(kind) == id:
            del st.session_state[kind]


def all_runs() -> list[Run]:
    return runs(Workspace().runs)


def finished_runs() -> list[Run]:
    """Runs with a model to try, newest first."""
    return [run for run in all_runs() if run.has_model]


def run_name(id: str) -> str:
    """A run as boxes and tables show it: `run_called`, with marks around a name that runs from the right.

    Text, not Markdown.
    """
    name, when = run_called(id)
    if any(map(_from_the_right, name)):
        name = f"\u200e\u2068{name}\u2069"  # the line runs from the left, what is in between as it likes
    return f"{name} · {when}" if when else name


def run_label(id: str) -> str:
    """The same as Markdown."""
    name, when = run_called(id)
    marked = isolated(name) if any(map(_from_the_right, name)) else plain(name)
    return f"{marked} · {plain(when)}" if when else marked


def run_called(id: str) -> tuple[str, str]:
    """What a run is called, by a person or else after its data set, and its day and time.

    A folder that was named by hand has no time: with a person's name its own stands there instead.
    """
    folder, *rest = id.rsplit("-", 3)
    own = notes.read(Workspace().root / "runs" / id).name
    try:
        when = datetime.strptime("-".join(rest[:2]), "%Y%m%d-%H%M%S")
    except ValueError:
        return own or printable(id), printable(id) if own else ""
    return own or printable(folder), f"{when.day} {when:%b, %H:%M}"


def _from_the_right(character: str) -> bool:
    return unicodedata.bidirectional(character) in ("R", "AL", "AN")
