"""Time that is left of an experiment, from what its runs really took on this machine.

The plan of a run (`tlcore/plan.py`) is multiplied by its pace: how many times as long runs of that kind took,
in this experiment, else in the last one here. Runs whose backbone is frozen are over in seconds and say
nothing of those in which everything trains. A run at work is held to its own epochs once some have ended.

What is shown never grows without a reason beside it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from tlcore import system
from tlcore.config import RunConfig
from tlcore.data.manifest import Task
from tlcore.records import JsonType
from tlcore.runs.metrics import rows_from
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

ArmKind = Literal["head", "blocks", "random"]
KINDS: dict[ArmKind, str] = {
    "head": "runs with a frozen backbone",
    "blocks": "runs that unfreeze blocks",
    "random": "runs from random weights",
}
LEAST, MOST = 0.1, 50.0  # of a pace: what is beyond is a clock that was set, or a computer that slept
FINISH_SECONDS = 8.0  # behind the last epoch: scores, saving, the closer look
GROWTH, GROWTH_SECONDS = 0.1, 10.0  # by which what is left must grow to be shown: less is waited out
OVERDUE = 1.5  # times its expected seconds, after which a run is expected to take twice as many
LOOK_EVERY = 1.0  # seconds between two looks into the metrics of a run

_PACES = JsonType(dict[ArmKind, float])


def kind_of(config: RunConfig) -> ArmKind:
    """The kind of a run: what it trains decides how far its plan can be wrong."""
    if not config.pretrained:
        return "random"
    return "blocks" if config.unfreeze else "head"


def read_paces(workspace: Workspace, task: Task) -> dict[ArmKind, float]:
    """The paces of the last experiment with such examples on this machine."""
    found = _PACES.read_or(_file(workspace, task), {})
    return {kind: min(max(pace, LEAST), MOST) for kind, pace in found.items()}


def write_pace(workspace: Workspace, task: Task, kind: ArmKind, pace: float) -> None:
    """Keep the pace of a kind for the next experiment."""
    paces = read_paces(workspace, task) | {kind: min(max(pace, LEAST), MOST)}
    system.write_atomic(_file(workspace, task), msgspec.json.encode(paces))


def _file(workspace: Workspace, task: Task) -> Path:
    return workspace.shared.cache / f"pace-{task}.json"


class EpochPace(NamedTuple):
    """The epochs of a run at work: how many are `done` of the `most` that it may train, `seconds` of each."""

    done: float
    most: int
    seconds: float

    @property
    def share(self) -> float:
        """The part of its epochs that is done."""
        return min(1.0, self.done / self.most) if self.most else 1.0


class TimeLeft:
    """The time that is left, while one run after the other is at work.

    Args:
        kinds: of each arm.
        planned: seconds of each arm, one after the other.
        paces: of the last experiment here.

    Attributes:
        note: why there is more left than was said before; "": there is not.
    """

    def __init__(
        self,
        kinds: list[ArmKind],
        planned: list[float],
        paces: Mapping[ArmKind, float] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.kinds, self.planned = kinds, planned
        self.note = ""
        self._paces = dict(paces or {})
        self._took: dict[int, float] = {}  # seconds of the arms that have ended
        self._shares: dict[ArmKind, list[float]] = {}  # of its epochs that each of them trained
        self._epochs: EpochPace | None = None  # of the arm at work
        self._clock = clock
        self._since = self._looked = clock()
        self._waited = 0.0
        self._shown: float | None = None
        self._before = 0.0  # what was shown before it grew

    def ended(self, number: int, seconds: float, planned: list[float] | None = None) -> None:
        """Arm `number` has taken so long, waiting for its turn included.

        Args:
            planned: of all arms anew, with the speeds that it has measured.
        """
        if planned is not None:
            self.planned = planned
        if seconds > self._waited:
            self._took[number] = seconds - self._waited
        if self._epochs is not None:
            self._shares.setdefault(self.kinds[number], []).append(self._epochs.share)
        self._since, self._waited, self._epochs = self._clock(), 0.0, None

    def pace(self, kind: ArmKind, at_work: tuple[int, float] | None = None) -> float:
        """How many times its plan a run of that kind takes.

        Args:
            at_work: number of the arm at work, and all its seconds as they are expected now.
        """
        took = {number: seconds for number, seconds in self._took.items() if self.kinds[number] == kind}
        if not took and at_work is not None and self.kinds[at_work[0]] == kind:
            took = dict([at_work])
        if took:
            return sum(took.values()) / sum(self.planned[number] for number in took)
        if kind in self._paces:
            return self._paces[kind]
        known = sum(self.planned[number] for number in self._took)
        return max(1.0, sum(self._took.values()) / known) if known else 1.0

    def left(self, number: int, epochs: EpochPace | None = None, is_waiting: bool = False) -> float:
        """Seconds until all are done, while arm `number` is at work, as they are to be shown.

        Args:
            epochs: of this run; None: not known yet.
            is_waiting: another run trains first.
        """
        now = self._clock()
        if is_waiting:
            self._waited += now - self._looked
        self._looked, self._epochs = now, epochs or self._epochs
        found = self._estimate(number, now - self._since - self._waited, epochs)
        if self._shown is None or found <= self._shown:
            self._shown = found
            if found <= self._before:
                self.note = ""
        elif found > self._shown * (1 + GROWTH) + GROWTH_SECONDS:
            self._before = self._before if self.note else self._shown
            self._shown = found
            self.note = f"longer than expected: {KINDS[self.kinds[number]]} are slower here than planned"
        return self._shown

    def _estimate(self, number: int, elapsed: float, epochs: EpochPace | None) -> float:
        kind = self.kinds[number]
        if epochs is None:
            whole = self.pace(kind) * self.planned[number]
            while elapsed > OVERDUE * whole > 0:  # by what is known it had ended long ago
                whole *= 2
            own = max(0.0, whole - elapsed)
        else:
            own = self._epochs_left(kind, epochs) * epochs.seconds + FINISH_SECONDS
            whole = elapsed + own
        at_work = number, whole
        rest = range(number + 1, len(self.planned))
        return own + sum(self.pace(self.kinds[other], at_work) * self.planned[other] for other in rest)

    def _epochs_left(self, kind: ArmKind, epochs: EpochPace) -> float:
        """Epochs that the run will still train, if it stops as early as those of its kind before it."""
        shares = self._shares.get(kind, [1.0])
        expected = epochs.most * sum(shares) / len(shares) - epochs.done
        return max(expected, min(1.0, max(0.0, epochs.most - epochs.done)))


class EpochWatch:
    """The epochs of a run's last phase as they go by, in its metrics."""

    def __init__(self, run: Run, config: RunConfig, clock: Callable[[], float] = time.monotonic) -> None:
        self.run = run
        self.phase = config.phases[-1]
        self.most = config.recipe(self.phase).epochs or 0
        self._clock = clock
        self._position, self._looked = 0, float("-inf")
        self._seconds: dict[int, float] = {}  # by epoch
        self._ended = 0.0  # when the last of them was seen

    def pace(self) -> EpochPace | None:
        """The epochs so far; None before two have ended, of which the first compiles, and of a head alone."""
        now = self._clock()
        if now - self._looked >= LOOK_EVERY:
            self._looked = now
            self._read(now)
        if self.phase == "head" or len(self._seconds) < 2:
            return None
        typical = statistics.median_low(list(self._seconds.values())[-5:])
        begun = min(1.0, (now - self._ended) / max(typical, 1e-9))
        return EpochPace(len(self._seconds) + begun, self.most, typical)

    def _read(self, now: float) -> None:
        for position, row in rows_from(self.run.metrics, self._position):
            self._position = position
            seconds = row.get("seconds")
            if "step" not in row and row.get("phase") == self.phase and isinstance(seconds, int | float):
                self._seconds[row["epoch"]] = float(seconds)
                self._ended = now
