"""Facts of each run for the Compare page: read once per version of its files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
import streamlit as st

from pages.components.shared.selection.labels import unique_labels
from pages.components.shared.selection.run_names import (
    creation_second,
    creation_time,
    id_suffix,
    name_and_time,
    run_name,
    run_names,
)
from pages.components.shared.selection.selection import summary
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.entry import Backbone
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Task
from tlcore.errors import GraftError, printable
from tlcore.runs import run_records
from tlcore.runs.job import JobState
from tlcore.runs.run import Run
from tlcore.runs.run_records import ModelSpeed, RunSummary
from tlcore.runs.workers.backend import BACKEND

FILES = ("config.json", "report.json", "speed.json", "model.keras")
MOST = 2000  # runs with facts in memory: about a kilobyte each


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One run. `started` is local time; None: unknown, or not there (yet)."""

    run_id: str
    name: str
    label: str  # its name among all runs: no other has it
    starred: bool
    state: JobState
    started: datetime | None
    config: RunConfig | None
    task: Task | None
    data: str
    backbone: str
    unfrozen: str
    outcome: RunSummary | None
    megabytes: float | None
    speed: ModelSpeed | None

    @property
    def data_folder(self) -> str:
        """Folder of its data set, which may be deleted; "" where unknown."""
        return self.config.data if self.config else ""

    @property
    def can_be_measured(self) -> bool:
        """True if it has a model whose speed is not measured."""
        return self.megabytes is not None and self.speed is None


class _Files(msgspec.Struct, frozen=True):
    """Contents of those files of a run that change rarely."""

    started: datetime | None
    config: RunConfig | None
    task: Task | None
    backbone: str
    unfrozen: str
    outcome: RunSummary | None
    megabytes: float | None
    speed: ModelSpeed | None


def all_facts(found: Sequence[Run]) -> list[RunFacts]:
    """Facts of all runs; data sets of the same name get different labels."""
    labels = run_names()
    facts = [facts_of(run, labels.get(run.id)) for run in found]
    names = {one.data_folder: one.data for one in facts if one.data_folder}
    data = unique_labels(
        names,
        names.__getitem__,
        *(
            lambda folder, told=told: told(Path(folder).name)
            for told in (creation_time, creation_second, id_suffix)
        ),
    )
    return [msgspec.structs.replace(one, data=data.get(one.data_folder, "")) for one in facts]


def facts_of(run: Run, label: str | None = None) -> RunFacts:
    """Facts of one run. Only files that changed are read again."""
    contents = _files(str(run.folder), tuple(_version(run.folder / name) for name in FILES))
    notes = run_records.read_notes(run.folder)
    return RunFacts(
        run_id=run.id,
        name=name_and_time(run.id)[0],
        label=label or run_name(run.id),
        starred=notes.starred,
        state=BACKEND.status(run).state,
        data=_data_name(contents.config),
        **{name: getattr(contents, name) for name in _Files.__struct_fields__},
    )


def _version(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


@st.cache_resource(max_entries=MOST, show_spinner=False)
def _files(folder: str, versions: tuple[tuple[int, int] | None, ...]) -> _Files:
    run = Run(Path(folder))
    written, _, _, model = versions
    try:
        config: RunConfig | None = run.config()
    except (GraftError, OSError):
        config = None
    backbone = _backbone(config)
    return _Files(
        started=_started(run.id, written),
        config=config,
        task=catalogue.task_of(config) if config and backbone else None,
        backbone=printable(backbone.name if backbone else config.backbone if config else ""),
        unfrozen=unfrozen(config, backbone),
        outcome=run_records.read_summary(run.folder) if model else None,
        megabytes=model[1] / 1e6 if model else None,
        speed=run_records.read_speed(run.folder) if model else None,
    )


def _backbone(config: RunConfig | None) -> Backbone | None:
    try:
        return catalogue.get(config.backbone) if config else None
    except GraftError:
        return None


def _started(run_id: str, written: tuple[int, int] | None) -> datetime | None:
    """Time of its start, from the name of its folder, or else from the age of its settings."""
    try:
        return datetime.strptime("-".join(run_id.rsplit("-", 3)[1:3]), "%Y%m%d-%H%M%S")
    except ValueError:
        return datetime.fromtimestamp(written[0] / 1e9) if written else None


def unfrozen(config: RunConfig | None, backbone: Backbone | None) -> str:
    """Number of backbone blocks that train, as "none", "2 of 18" or "all, from random weights"."""
    if config is None:
        return ""
    blocks = len(backbone.blocks) if backbone else 0
    if config.unfreeze == 0:
        return "none"
    if config.unfreeze == "all" or config.unfreeze == blocks:
        return "all" if config.pretrained else "all, from random weights"
    return f"{config.unfreeze} of {blocks}" if blocks else str(config.unfreeze)


def _data_name(config: RunConfig | None) -> str:
    if config is None or not config.data:
        return ""
    dataset = Dataset(Path(config.data))
    if dataset.manifest(1).is_file():
        return printable(summary(dataset).name)
    return f"{name_and_time(dataset.id)[0]} (deleted)"


def names_of(chosen: list[RunFacts]) -> list[str]:
    """Name of each run among the chosen ones; with day and time, or more, where two share one."""
    names = [facts.name for facts in chosen]
    return [
        name if names.count(name) == 1 else facts.label for facts, name in zip(chosen, names, strict=True)
    ]
