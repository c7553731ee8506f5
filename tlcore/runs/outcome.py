"""What a run came to, in a few numbers: its report without the predictions, however many there are.

For lists of many runs, which must not hold every report in memory.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from tlcore.records import JsonType


class TestScore(msgspec.Struct, frozen=True):
    """The score on the test examples; `interval`: 95 %, Wilson."""

    n: int
    accuracy: float
    interval: tuple[float, float]


class RunSummary(msgspec.Struct, frozen=True):
    """The part of `report.json` that lists show."""

    test: TestScore
    validation_accuracy: float
    epochs: int
    best_epoch: int


_OUTCOME = JsonType(RunSummary)


def read(folder: Path) -> RunSummary | None:
    """What the run in `folder` came to; None when it has no report, or none that this version reads."""
    return _OUTCOME.read_or(folder / "report.json", None)
