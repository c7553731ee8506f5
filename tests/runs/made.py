"""Experiments without runs: data, arms, and what is concluded when they came to this or that."""

from __future__ import annotations

from collections.abc import Mapping

from tlcore.config import RunConfig
from tlcore.data.manifest import Example, Manifest, Task
from tlcore.evaluate.metrics import paired_difference_interval
from tlcore.runs.designs import DESIGNS, Options
from tlcore.runs.experiment import Arm, Asked, Comparison, Conclusion, Entry, Kind, Record

LITE, MOBILE = "efficientnet_lite0", "mobilenet_v2"


def data(*counts: int, task: Task = "images") -> Manifest:
    """A data set with so many different examples of each class."""
    examples = [
        Example(f"{label}x{number}", f"{label}/{number}", f"class {label}")
        for label, count in enumerate(counts)
        for number in range(count)
    ]
    return Manifest(
        name="data",
        task=task,
        classes=tuple(f"class {label}" for label in range(len(counts))),
        examples=tuple(examples),
    )


def arms(
    kind: Kind, manifest: Manifest, *backbones: str, sizes: tuple[int, ...] = (), **changes: object
) -> tuple[Arm, ...]:
    config = RunConfig(backbone=backbones[0], **changes)  # type: ignore[arg-type]
    return DESIGNS[kind].arms(config, manifest, Options(backbones, sizes))


def concluded(
    kind: Kind,
    validation: Mapping[str, float],
    pairs: Mapping[tuple[str, str], tuple[int, int]],
    made: tuple[Arm, ...],
    n: int = 200,
    **known: object,
) -> Conclusion:
    """What is said where the arms of `validation` have finished.

    Args:
        pairs: how many only the first and only the second of two arms got right, of `n`.
    """

    def entry(arm: Arm) -> Entry:
        if arm.key not in validation:
            return Entry(arm=arm.key, state="failed", error="no weights")
        score = validation[arm.key]
        return Entry(arm=arm.key, state="done", validation_accuracy=score, n=n, **known)  # type: ignore[arg-type]

    def versus(first: str, second: str) -> Comparison:
        only = pairs[first, second]
        return Comparison(first, second, n, *only, paired_difference_interval(*only, n))

    record = Record(Asked(kind, RunConfig(), made), tuple(map(entry, made)))
    return DESIGNS[kind].conclude(record, versus)
