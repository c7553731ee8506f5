"""Experiments by name, and lists of runs in which those of one experiment are a single row.

Every list and every box of runs folds here: an experiment of twelve runs does not push the others out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.components.shared.selection.labels import unique_labels
from pages.components.shared.selection.run_names import creation_second, creation_time, id_suffix, in_line
from pages.components.shared.selection.selection import dataset_names
from pages.components.shared.text import counted, isolated, percent, plain
from tlcore.errors import GraftError, printable
from tlcore.runs import run_records
from tlcore.runs.experiments import DESIGNS
from tlcore.runs.experiments.experiment import Experiment, ExperimentRecord, experiments
from tlcore.workspace import Workspace

FEWEST = 2  # runs of an experiment in a list: a single one is a row like any other


@dataclass(frozen=True)
class ExperimentRuns:
    """The runs of an experiment that a list holds, as one of its rows.

    Attributes:
        id, name: of the experiment; no other has that name. Text, not Markdown.
        labels: by id of each run, in the order of the arms: what it tries. Text.
        right: by id, of those that have been scored: the share of right answers.
        usual: id of the run that stands for them: the best by validation, or the newest while it goes on.
    """

    id: str
    name: str
    labels: dict[str, str]
    right: dict[str, float]
    usual: str

    @property
    def title(self) -> str:
        """The name with the number of runs, which stands early: a box shows no more than the beginning."""
        kind, mark, rest = self.name.partition(" · ")
        return f"{kind} ({counted(len(self.labels), 'run')}){mark}{rest}"

    @property
    def choices(self) -> dict[str, str]:
        """The labels with how much each got right."""
        scored = {id: f" · {percent(share)}" for id, share in self.right.items()}
        return {id: label + scored.get(id, "") for id, label in self.labels.items()}

    def at_hand(self, id: str) -> str:
        """That run, if it is one of them; else the usual one."""
        return id if id in self.labels else self.usual


def fold(ids: Sequence[str]) -> list[str | ExperimentRuns]:
    """Runs of a list by id, in its order; those of an experiment are one row, in the place of the first."""
    found = _experiments_by_run()
    members: dict[str, list[str]] = {}
    for id in ids:
        if id in found:
            members.setdefault(found[id].id, []).append(id)
    folded = {id: some for id, some in members.items() if len(some) >= FEWEST}
    names = experiment_names() if folded else {}
    rows: dict[str, str | ExperimentRuns] = {}
    for id in ids:
        experiment = found.get(id)
        if experiment is None or experiment.id not in folded:
            rows[id] = id
        elif experiment.id not in rows:
            name = names.get(experiment.id, experiment.id)  # it may be deleted in between
            rows[experiment.id] = _folded(experiment, name, folded[experiment.id])
    return list(rows.values())


def _experiments_by_run() -> dict[str, Experiment]:
    found: dict[str, Experiment] = {}
    for experiment in experiments(Workspace().experiments):
        record = _record(experiment)
        entries = record.entries if record else ()
        found |= {experiment.run(entry).id: experiment for entry in entries if entry.run}
    return found


def _folded(experiment: Experiment, name: str, ids: list[str]) -> ExperimentRuns:
    """The row of these runs. The label of each is what its arm tries, or the name that a person gave it."""
    record = _record(experiment)
    labels: dict[str, str] = {}
    right: dict[str, float] = {}
    validated: dict[str, float] = {}
    for arm, entry in zip(record.asked.arms, record.entries, strict=True) if record else ():
        run = experiment.run(entry) if entry.run else None
        if run is None or run.id not in ids:
            continue
        own = run_records.read_notes(run.folder).name
        labels[run.id] = in_line(printable(own if own and not own.endswith(arm.label) else arm.label))
        if entry.accuracy is not None:
            right[run.id] = entry.accuracy
            validated[run.id] = entry.validation_accuracy or 0.0
    labels = unique_labels(labels, labels.__getitem__, creation_second, id_suffix)
    has_ended = record is not None and record.verdict and validated
    usual = max(validated, key=validated.__getitem__) if has_ended else ids[0]
    return ExperimentRuns(experiment.id, name, labels, right, usual)


def _record(experiment: Experiment) -> ExperimentRecord | None:
    """The record of an experiment; None where it cannot be read, or holds what no experiment of ours does."""
    try:
        record = _read(str(experiment.folder), experiment.file.stat().st_mtime_ns)
        is_whole = bool(record.asked.arms) and len(record.asked.arms) == len(record.entries)
        return record if is_whole and record.words else None
    except (GraftError, OSError):
        return None


@st.cache_resource(max_entries=200, show_spinner=False)
def _read(folder: str, modified: int) -> ExperimentRecord:
    return Experiment(Path(folder)).record()


def experiment_names() -> dict[str, str]:
    """A unique name for each experiment, by id: kind, time and data set. Text, not Markdown."""
    parts = {one.id: _parts(one) for one in experiments(Workspace().experiments)}
    names = dataset_names()

    def name(id: str) -> str:
        title, data, own = parts[id]
        return (
            " · ".join([title, creation_time(id), in_line(names.get(data, own))]) if title else printable(id)
        )

    return unique_labels(parts, name, creation_second, id_suffix)


def experiment_label(id: str, names: dict[str, str]) -> str:
    """One of these names as Markdown: the data set's keeps its own direction."""
    head, mark, own = names.get(id, printable(id)).partition("\u2068")
    return f"{plain(head)} {isolated(own)}" if mark else plain(head)


def _parts(experiment: Experiment) -> tuple[str, str, str]:
    """Its kind in words, the id of its data set and the name that this had then; "" each if unreadable."""
    record = _record(experiment)
    if record is None:
        return "", "", ""
    asked = record.asked
    return DESIGNS[asked.kind].titled(record.words), Path(asked.config.data).name, printable(asked.name)
