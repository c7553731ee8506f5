"""`metrics.jsonl`: one JSON object a line, append only, read by live charts while it grows.

A row that ends an epoch has `epoch`, `loss`, `accuracy`, `val_loss`, `val_accuracy`, `val_sample` (answers to
a few validation examples, as `evaluate/validation_sample.py` packs them) and, where there is one,
`learning_rate`. Rows within an epoch have `step` besides, and no validation. A number that is not finite is
`null`. After a crash the part of an epoch that is trained again is written again: the later row of the same
epoch and step counts.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tlcore import system

MetricRow = dict[str, Any]


class MetricsLog:
    """The worker's side: appends whole lines, each in one write."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._drop_torn_line()
        self._file: io.FileIO = path.open("ab", buffering=0)

    def append(self, row: MetricRow) -> None:
        plain = {key: value if _is_finite(value) else None for key, value in row.items()}
        line = (json.dumps(plain) + "\n").encode()
        system.pass_fence()
        while line:  # a disk that becomes full takes a part of it, and says so at the next
            line = line[self._file.write(line) :]

    def close(self) -> None:
        self._file.close()

    def _drop_torn_line(self) -> None:
        """A crash can leave half a line; no reader has taken it, and appending to it would spoil the next."""
        if not self.path.exists():
            return
        content = self.path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            system.pass_fence()
            with self.path.open("r+b") as file:
                file.truncate(whole)


def _is_finite(value: object) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def read_from(path: Path, position: int = 0) -> tuple[list[MetricRow], int]:
    """Whole rows from byte `position` on, and the position after them."""
    found = list(rows_from(path, position))
    return [row for _, row in found], found[-1][0] if found else position


def rows_from(path: Path, position: int = 0) -> Iterator[tuple[int, MetricRow]]:
    """Whole rows from byte `position` on, each with the position after it; what is no row is passed over."""
    try:
        with path.open("rb") as file:
            file.seek(position)
            content = file.read()
    except OSError:  # not there yet, or no file
        return
    for line in content.split(b"\n")[:-1]:
        position += len(line) + 1
        row = _row(line)
        if row is not None:
            yield position, row


def _row(line: bytes) -> MetricRow | None:
    """The row in a line; None when a crash of the machine spoiled it."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) and _is_plain(row) else None


def _is_plain(row: MetricRow) -> bool:
    """Tell whether its epoch and step are whole numbers, and all else numbers, but for the phase's name."""
    counts, phase = (row.get("epoch"), row.get("step", 0)), row.get("phase", "")
    others = (value for key, value in row.items() if key != "phase")
    return (
        all(isinstance(count, int) for count in counts)
        and isinstance(phase, str)
        and all(value is None or isinstance(value, int | float) for value in others)
    )


def epochs(rows: list[MetricRow]) -> list[MetricRow]:
    """The rows that end an epoch, in order, each epoch once."""
    return [row for _, row in sorted({row["epoch"]: row for row in rows if "step" not in row}.items())]


def steps(rows: list[MetricRow]) -> list[MetricRow]:
    """The rows within epochs, in order, each step once."""
    latest = {(row["epoch"], row["step"]): row for row in rows if "step" in row}
    return [row for _, row in sorted(latest.items())]
