"""An experiment: the same data, several runs that differ in one thing, and what came of it.

An experiment is a job whose folder holds `experiment.json`; each of its arms is one ordinary run. In the
workspace's `experiments/` the runs lie among all others, elsewhere beside that file. Pages and the command
line read it through here, `tlcore.commands.experiment` does the work, `tlcore.runs.experiments` says which
arms there are and what can be concluded.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec

from tlcore import config as configuration
from tlcore import system
from tlcore.backbones.catalogue import catalogue
from tlcore.config import RunConfig
from tlcore.data.task_words import WORDS, TaskWords
from tlcore.errors import RunError, printable
from tlcore.evaluate.report import Score
from tlcore.evaluate.statistics.metrics import paired_difference_interval
from tlcore.records import JsonType, MalformedJson
from tlcore.runs.job import Job, JobState
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace, new_id, slug
from tlcore.workspace.refusals import list_folder

ExperimentKind = Literal["race", "unfreeze", "amount"]
FILE = "experiment.json"
# What an experiment that recorded nothing may hold.
LOST = "Its process was ended from outside, or memory ran out. Going on with the experiment starts it again."


class Arm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the runs: what is tried, in words, and all its settings.

    `x` is its place in the picture: a number, or a name; None where it is measured. Arms of a `series` belong
    together. `key` is a file name.
    """

    key: str
    label: str
    config: RunConfig
    x: float | str | None = None
    series: str = ""


class ExperimentRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The request for an experiment. `config` is what the arms have in common; `name` the data set's."""

    kind: ExperimentKind
    config: RunConfig
    arms: tuple[Arm, ...]
    name: str = ""


class ArmResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one arm. None: not known, or not known yet.

    `run` is its run's folder, relative to the experiment's; "" before it was started. `parameters` counts the
    whole model and `trained_parameters` what of it trains; `megabytes` is its file. `milliseconds` is what
    one example takes on this machine, reading it included; `milliseconds_model` without. `seconds` is what
    the run took in all its attempts, waiting for its turn included.
    """

    arm: str
    run: str = ""
    state: JobState = "new"
    accuracy: float | None = None
    interval: tuple[float, float] | None = None  # 95 %, Wilson
    n: int | None = None  # test examples
    baseline_accuracy: float | None = None
    baseline_from: Literal["training", "examples"] = "examples"  # as in a score
    validation_accuracy: float | None = None
    parameters: int | None = None
    trained_parameters: int | None = None
    megabytes: float | None = None
    milliseconds: float | None = None
    milliseconds_model: float | None = None
    seconds: float = 0.0
    error: str = ""


class Comparison(msgspec.Struct, frozen=True):
    """Two arms on the same `n` test examples: how many only one of them got right.

    `interval`: 95 %, of how much more often the first is right than the second (see
    `evaluate.statistics.metrics`).
    """

    first: str
    second: str
    n: int
    only_first: int
    only_second: int
    interval: tuple[float, float]

    @property
    def gain(self) -> float:
        """Share of the test examples by which the first is right more often."""
        return (self.only_first - self.only_second) / self.n if self.n else 0.0

    @property
    def could_be_chance(self) -> bool:
        return self.interval[0] <= 0.0 <= self.interval[1]

    def turned(self) -> Comparison:
        """The same, seen from the second."""
        low, high = self.interval
        return Comparison(self.second, self.first, self.n, self.only_second, self.only_first, (-high, -low))


class Conclusion(msgspec.Struct, frozen=True):
    """The verdict at the end, and the comparisons that it rests on."""

    verdict: str
    comparisons: tuple[Comparison, ...] = ()


class ExperimentRecord(msgspec.Struct, frozen=True):
    """Everything in `experiment.json`; entries in the order of the arms."""

    asked: ExperimentRequest
    entries: tuple[ArmResult, ...]
    comparisons: tuple[Comparison, ...] = ()
    verdict: str = ""  # empty until the experiment has ended

    @property
    def words(self) -> TaskWords:
        """The words for its examples."""
        return WORDS[catalogue.task_of(self.asked.arms[0].config)]

    def entry(self, arm: str) -> ArmResult:
        return next(entry for entry in self.entries if entry.arm == arm)

    def finished(self) -> list[tuple[Arm, ArmResult]]:
        """Arms whose runs have ended, with what they came to."""
        pairs = zip(self.asked.arms, self.entries, strict=True)
        return [(arm, entry) for arm, entry in pairs if entry.state == "done"]


RECORD = JsonType(ExperimentRecord)


Versus = Callable[[str, str], Comparison]  # two arms by key
Conclude = Callable[[ExperimentRecord, Versus], Conclusion]


class Experiment(Job):
    """An experiment's folder."""

    @property
    def file(self) -> Path:
        return self.folder / FILE

    def run(self, entry: ArmResult) -> Run:
        """The run of that entry, whether it is there yet or not."""
        return Run(Path(os.path.normpath(self.folder / entry.run)))

    def place(self, arm: Arm) -> str:
        """The folder for a new run of `arm`, relative to this one."""
        workspace = Workspace()
        if self.folder.parent != workspace.root / "experiments":
            return arm.key
        name = f"{slug(self.record().asked.name, most=20)} {arm.key}"
        return os.path.relpath(workspace.runs / new_id(name), self.folder)

    def check_free(self) -> None:
        """Refuse a folder that holds something other than an experiment.

        Raises:
            RunError: it does.
        """
        if not self.file.is_file():
            self.check_place({"status.json"})

    def claim(self, asked: ExperimentRequest) -> None:
        """Begin the experiment, or go on with the same one.

        Raises:
            RunError: the folder holds another experiment, or something else.
        """
        self.check_free()
        if not self.file.is_file():
            self.write(ExperimentRecord(asked, tuple(ArmResult(arm=arm.key) for arm in asked.arms)))
            return
        other = _differences(asked, self.record().asked)
        if other:
            remedy = "Give the same arguments to go on with it, or choose a new folder."
            raise RunError("That folder holds another experiment.", received=other, remedy=remedy)

    def record(self) -> ExperimentRecord:
        """The record so far.

        Raises:
            RunError: there is no experiment, or another version wrote it.
        """
        try:
            return _as_written(RECORD.read(self.file))
        except FileNotFoundError as error:
            raise RunError("There is no experiment in that folder.", received=self.folder) from error
        except (OSError, MalformedJson) as error:
            raise RunError(f"The experiment cannot be read: {error}.", received=self.file) from error

    def write(self, record: ExperimentRecord) -> None:
        system.write_atomic(self.file, msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n")

    def put(self, entry: ArmResult) -> None:
        """Write down what is known of one arm now."""
        record = self.record()
        entries = tuple(entry if old.arm == entry.arm else old for old in record.entries)
        self.write(msgspec.structs.replace(record, entries=entries))

    def settled(self, entry: ArmResult) -> ArmResult:
        """`entry` with what its run came to, once nobody works on it."""
        run = self.run(entry)
        status = BACKEND.status(run)
        known: dict[str, Any] = {"state": status.state, "error": status.error}
        known["seconds"] = entry.seconds + status.updated - status.started
        if status.state == "lost":
            known["error"] = LOST
        if status.state in ("done", "cancelled") and run.has_model:
            report = run.report()
            keys = ("accuracy", "interval", "n", "baseline_accuracy", "baseline_from")
            known |= {key: getattr(report.test, key) for key in keys}
            known["validation_accuracy"] = report.validation_accuracy
            known["megabytes"] = run.model.stat().st_size / 1e6
        return msgspec.structs.replace(entry, **known)

    def finish(self, conclude: Conclude) -> ExperimentRecord:
        """Write the last words, over the runs that are still there."""
        record = self.record()
        there = tuple(map(self._as_it_is, record.entries))

        def versus(first: str, second: str) -> Comparison:
            one, other = (self.run(record.entry(arm)).report().test for arm in (first, second))
            return compare(first, one, second, other)

        found = conclude(msgspec.structs.replace(record, entries=there), versus)
        record = msgspec.structs.replace(record, comparisons=found.comparisons, verdict=found.verdict)
        self.write(record)
        return record

    def _as_it_is(self, entry: ArmResult) -> ArmResult:
        """`entry`, lost where somebody has deleted its run since."""
        gone = entry.state == "done" and not self.run(entry).has_model
        return msgspec.structs.replace(entry, state="lost") if gone else entry


def compare(first: str, one: Score, second: str, other: Score) -> Comparison:
    """The answers of two arms on the test examples that both were asked."""
    right, also = (
        {answer.key: answer.predicted == answer.label for answer in score.predictions}
        for score in (one, other)
    )
    both = right.keys() & also.keys()
    only_first = sum(right[key] and not also[key] for key in both)
    only_second = sum(also[key] and not right[key] for key in both)
    interval = paired_difference_interval(only_first, only_second, len(both))
    return Comparison(first, second, len(both), only_first, only_second, interval)


def experiments(folder: Path) -> list[Experiment]:
    """All experiments in the workspace's `experiments` folder, the one last worked on first."""
    found = [Experiment(item) for item in list_folder(folder) if item.is_dir()]
    return sorted(found, key=lambda experiment: -experiment.recorded().started)


def _differences(asked: ExperimentRequest, before: ExperimentRequest) -> str:
    """In what two experiments differ; empty when they are the same."""
    new, old = _flat(asked), _flat(before)
    return ", ".join(
        f"{key} {_shown(new[key])} instead of {_shown(old[key])}" for key in new if new[key] != old[key]
    )


def _flat(asked: ExperimentRequest) -> dict[str, Any]:
    flat: dict[str, Any] = {"experiment": asked.kind, "arms": sorted(arm.key for arm in asked.arms)}
    for key, value in msgspec.to_builtins(asked.config).items():
        parts = value.items() if isinstance(value, dict) else ()
        flat |= {f"{key}.{part}": one for part, one in parts} or {key: value}
    return flat


def _shown(value: Any) -> str:
    return printable(",".join(map(str, value)) if isinstance(value, list | tuple) else value)


def _as_written(record: ExperimentRecord) -> ExperimentRecord:
    """The record with the settings of its arms as they were when it began."""
    arms = tuple(
        msgspec.structs.replace(arm, config=configuration.as_written(arm.config)) for arm in record.asked.arms
    )
    return msgspec.structs.replace(record, asked=msgspec.structs.replace(record.asked, arms=arms))
