"""The curve of each phase, read from a run's metric rows; `rules.py` judges it."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from tlcore.config import PhaseName, RunConfig
from tlcore.config.training import TrainingConfig
from tlcore.runs import metrics
from tlcore.runs.metrics import MetricRow

# One epoch says little: where a curve ended is the median of so many epochs, and of a third of them at most.
LAST = 3
# A jump: a loss this many times as large as in the epoch before, and larger by so many nats besides, since
# tiny losses double by chance. Sound runs on four data sets had none; too large steps had three and more.
JUMP, JUMP_NATS = 1.15, 0.05


@dataclass(frozen=True)
class PhaseCurve:
    """The epochs of one phase, in order; a loss that is not finite is infinite here.

    Losses are in nats. Those on training examples were taken while weights changed, with dropout, changed
    views and smoothing on; those on validation examples at the end of each epoch, without.
    """

    phase: PhaseName
    recipe: TrainingConfig
    epochs: tuple[int, ...]  # counted within the phase, as pages show them
    loss: tuple[float, ...]
    accuracy: tuple[float, ...]
    val_loss: tuple[float, ...]
    val_accuracy: tuple[float, ...]

    @property
    def first_infinite(self) -> int | None:
        """The epoch in which a loss became infinite, if one did."""
        pairs = zip(self.epochs, self.loss, self.val_loss, strict=True)
        return next((epoch for epoch, *losses in pairs if not all(map(math.isfinite, losses))), None)

    @property
    def best(self) -> int:
        """Position of the lowest validation loss."""
        return self.val_loss.index(min(self.val_loss))

    @property
    def best_epoch(self) -> int:
        return self.epochs[self.best]

    @property
    def is_whole(self) -> bool:
        """All epochs that were allowed were trained."""
        return len(self.epochs) >= self.recipe.epochs

    @property
    def rise(self) -> float:
        """By how many nats the validation loss rose from its best to where it ended."""
        return final_value(self.val_loss) - min(self.val_loss)

    @property
    def jumps(self) -> int:
        """Number of times that one of the two losses leapt up from one epoch to the next."""
        steps = (itertools.pairwise(values) for values in (self.loss, self.val_loss))
        return sum(new > JUMP * old and new > old + JUMP_NATS for old, new in itertools.chain(*steps))


def final_value(values: Sequence[float]) -> float:
    """The value at which a curve ended."""
    return statistics.median(values[-max(1, min(LAST, len(values) // 3)) :])


def curves(config: RunConfig, rows: Sequence[MetricRow]) -> tuple[PhaseCurve, ...]:
    """The curve of each phase that finished an epoch. Rows from before there were phases make one curve."""
    finished = metrics.epochs(list(rows))
    return tuple(_curve(config, phase, list(part)) for phase, part in itertools.groupby(finished, _phase))


def _phase(row: MetricRow) -> PhaseName:
    """The phase of a row; rows without one were trained by the recipe that is the head's now."""
    return next((phase for phase in get_args(PhaseName) if phase == row.get("phase")), "head")


def _curve(config: RunConfig, phase: PhaseName, rows: list[MetricRow]) -> PhaseCurve:
    return PhaseCurve(
        phase,
        config.recipe(phase),
        tuple(range(1, len(rows) + 1)),
        tuple(_number(row.get("loss"), math.inf) for row in rows),
        tuple(_share(row.get("accuracy")) for row in rows),
        tuple(_number(row.get("val_loss"), math.inf) for row in rows),
        tuple(_share(row.get("val_accuracy")) for row in rows),
    )


def _number(value: object, otherwise: float) -> float:
    """A number of a row; what is null there was not finite."""
    is_number = isinstance(value, int | float) and math.isfinite(value)
    return float(value) if is_number else otherwise  # type: ignore[arg-type]


def _share(value: object) -> float:
    return min(1.0, max(0.0, _number(value, 0.0)))
