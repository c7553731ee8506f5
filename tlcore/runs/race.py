"""The backbone race: the same data, split and recipe for several backbones, and which of them came out best.

A race is a job whose folder holds `race.json` and one ordinary run for each backbone, named after it. Pages
and the command line read it through here; `tlcore.commands.race` does the work.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from tlcore import system
from tlcore.config import RunConfig
from tlcore.errors import RunError, printable
from tlcore.evaluate.report import Score
from tlcore.runs.job import Job, State
from tlcore.runs.run import Run

CHANCE = 0.05  # a p-value from here on is called chance
BEFORE_START = {".lock", "status.json", "stop", "train.log"}  # what a race that recorded nothing may hold
LOST = "Its process was ended from outside, or memory ran out. The same race started again goes on with it."


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the race is about. `config` holds for every run; its `backbone` is empty."""

    backbones: tuple[str, ...]
    config: RunConfig


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One backbone in the race. None: not known, or not known yet.

    `milliseconds` is what one picture takes on this machine, decoding included; `milliseconds_model` without.
    `parameters` counts the finished model, head included, and `megabytes` its file. `seconds` is what the run
    took in all its attempts, waiting for its turn included.
    """

    backbone: str
    state: State = "new"
    accuracy: float | None = None
    interval: tuple[float, float] | None = None  # 95 %, Wilson
    n: int | None = None  # test pictures
    validation_accuracy: float | None = None
    parameters: int | None = None
    megabytes: float | None = None
    milliseconds: float | None = None
    milliseconds_model: float | None = None
    seconds: float = 0.0
    error: str = ""


class Comparison(msgspec.Struct, frozen=True):
    """The best two on the same test pictures: how many only one of them got right; exact McNemar test."""

    best: str
    runner_up: str
    n: int
    only_best: int
    only_runner_up: int
    p_value: float


class Record(msgspec.Struct, frozen=True):
    """Everything in `race.json`; entries in the order that was asked for."""

    asked: Asked
    entries: tuple[Entry, ...]
    comparison: Comparison | None = None
    verdict: str = ""  # the same in words; empty until the race has ended

    def entry(self, backbone: str) -> Entry:
        return next(entry for entry in self.entries if entry.backbone == backbone)


class Race(Job):
    """A race's folder."""

    @property
    def file(self) -> Path:
        return self.folder / "race.json"

    def run(self, backbone: str) -> Run:
        """The run of that backbone, whether it is there yet or not."""
        return Run(self.folder / backbone)

    def check_free(self) -> None:
        """Refuse a folder that holds something other than a race.

        Raises:
            RunError: it does.
        """
        if self.file.is_file() or not self.folder.exists():
            return
        names = {item.name for item in self.folder.iterdir()} if self.folder.is_dir() else {self.folder.name}
        if {name for name in names if ".part" not in name} - BEFORE_START:
            remedy = "Choose a new folder."
            raise RunError("There is something in that place already.", received=self.folder, remedy=remedy)

    def claim(self, asked: Asked) -> None:
        """Begin the race, or go on with the same one.

        Raises:
            RunError: the folder holds another race, or something else.
        """
        self.check_free()
        if not self.file.is_file():
            self.write(Record(asked, tuple(Entry(backbone=backbone) for backbone in asked.backbones)))
            return
        other = _differences(asked, self.record().asked)
        if other:
            remedy = "Give the same arguments to go on with it, or choose a new folder."
            raise RunError("That folder holds another race.", received=other, remedy=remedy)

    def record(self) -> Record:
        """What is known so far.

        Raises:
            RunError: there is no race, or another version wrote it.
        """
        try:
            return msgspec.json.decode(system.read_bytes(self.file), type=Record)
        except FileNotFoundError as error:
            raise RunError("There is no race in that folder.", received=self.folder) from error
        except msgspec.MsgspecError as error:
            raise RunError(f"The race cannot be read: {error}.", received=self.file) from error

    def write(self, record: Record) -> None:
        system.write_atomic(self.file, msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n")

    def put(self, entry: Entry) -> None:
        """Write down what is known of one backbone now."""
        record = self.record()
        entries = tuple(entry if old.backbone == entry.backbone else old for old in record.entries)
        self.write(msgspec.structs.replace(record, entries=entries))

    def settled(self, entry: Entry) -> Entry:
        """`entry` with what its run came to, once nobody works on it."""
        run = self.run(entry.backbone)
        status = run.status()
        known: dict[str, Any] = {"state": status.state, "error": status.error}
        known["seconds"] = entry.seconds + status.updated - status.started
        if status.state == "lost":
            known["error"] = LOST
        if status.state in ("done", "cancelled") and run.has_model:
            report = run.report()
            known |= {key: getattr(report.test, key) for key in ("accuracy", "interval", "n")}
            known["validation_accuracy"] = report.validation_accuracy
            known["megabytes"] = run.model.stat().st_size / 1e6
        return msgspec.structs.replace(entry, **known)

    def finish(self) -> Record:
        """Compare the best two and write the last words."""
        record = self.record()
        finished = [entry for entry in ranked(record.entries) if entry.state == "done"]
        comparison = None
        if len(finished) > 1:
            best, runner_up = finished[:2]
            first, second = (self.run(entry.backbone).report().test for entry in (best, runner_up))
            comparison = compare(best.backbone, first, runner_up.backbone, second)
        words = in_words(comparison) if comparison else _incomplete(finished)
        record = msgspec.structs.replace(record, comparison=comparison, verdict=words)
        self.write(record)
        return record


def ranked(entries: Iterable[Entry]) -> list[Entry]:
    """Finished ones first, best accuracy first and the faster of two equals; those stopped early next."""

    def place(entry: Entry) -> tuple[bool, bool, float, float]:
        accuracy, speed = entry.accuracy, entry.milliseconds
        return (
            entry.state != "done",
            accuracy is None,
            -(accuracy or 0.0),
            math.inf if speed is None else speed,
        )

    return sorted(entries, key=place)


def mcnemar(only_first: int, only_second: int) -> float:
    """p-value of the exact two-sided McNemar test.

    Were both equally good, each example that only one of them got right would be a toss of a coin.

    Args:
        only_first: examples that the first got right and the second wrong; `only_second` the other way.
    """
    n = only_first + only_second
    tail, ways = 0, 1  # ways: n over k, from one k to the next, since math.comb is slow for thousands
    for k in range(min(only_first, only_second) + 1):
        tail += ways
        ways = ways * (n - k) // (k + 1)
    return min(1.0, 2 * tail / 2**n)


def compare(best: str, first: Score, runner_up: str, second: Score) -> Comparison:
    """The answers of two backbones on the test pictures that both were asked."""
    one, other = (
        {(answer.sha256, answer.name): answer.predicted == answer.label for answer in score.predictions}
        for score in (first, second)
    )
    both = one.keys() & other.keys()
    only_best = sum(one[key] and not other[key] for key in both)
    only_runner_up = sum(other[key] and not one[key] for key in both)
    return Comparison(
        best, runner_up, len(both), only_best, only_runner_up, mcnemar(only_best, only_runner_up)
    )


def in_words(found: Comparison) -> str:
    """One honest sentence: whether the best is really better."""
    more = found.only_best - found.only_runner_up
    if not more:
        return (
            f"{found.best} and {found.runner_up} got equally many of {found.n} right; "
            "these test examples cannot tell which is better."
        )
    p = "p < 0.001" if found.p_value < 0.001 else f"p = {found.p_value:.2g}"
    end = "that could still be chance" if found.p_value >= CHANCE else "that is hardly chance"
    return f"{found.best} got {more} more of {found.n} right than {found.runner_up}; {end} ({p})."


def _incomplete(finished: list[Entry]) -> str:
    if finished:
        return f"Only {finished[0].backbone} finished, so there is nothing to compare it with."
    return "No backbone has finished."


def _differences(asked: Asked, before: Asked) -> str:
    """In which settings two races differ; empty when they are the same."""
    new, old = _flat(asked), _flat(before)
    return ", ".join(
        f"{key} {_shown(new[key])} instead of {_shown(old[key])}" for key in new if new[key] != old[key]
    )


def _flat(asked: Asked) -> dict[str, Any]:
    flat: dict[str, Any] = {"backbones": sorted(asked.backbones)}
    for key, value in msgspec.to_builtins(asked.config).items():
        parts = value.items() if isinstance(value, dict) else ()
        flat |= {f"{key}.{part}": one for part, one in parts} or {key: value}
    return flat


def _shown(value: Any) -> str:
    return printable(",".join(map(str, value)) if isinstance(value, list | tuple) else value)
