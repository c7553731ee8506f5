"""Crash-safe checkpoints: one file per finished epoch, renamed into place, holding all that resuming needs.

Weights, optimiser, mean and best weights so far and the epoch history lie in one NumPy archive, so that no
crash can leave two files of different epochs. The previous epoch's file stays in case the disk tears the
last.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tlcore import system

KEEP = 2  # files
Weights = list[np.ndarray]


@dataclass
class TrainingProgress:
    """Progress of training. Epochs count from 1; `best_epoch` 0 means none has finished."""

    epoch: int = 0
    best_epoch: int = 0
    best_loss: float = float("inf")
    history: list[dict[str, Any]] = field(default_factory=list)


def weights_of(variables: list[Any]) -> Weights:
    """Values of Keras variables.

    TensorFlow reads each: as an array of Keras it would parse NumPy's version twice for each of them, after
    every epoch, a quarter of the work.
    """
    return [np.asarray(variable.value.numpy()) for variable in variables]


def assign(variables: list[Any], values: Weights) -> None:
    """Give Keras variables these values."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def blend(start: Weights, end: Weights, share: float) -> Weights:
    """Weights on the straight line between the two; exactly one of them at its ends."""
    if share in (0.0, 1.0):
        return end if share else start
    return [
        (1 - share) * old + share * new if np.issubdtype(old.dtype, np.floating) else old
        for old, new in zip(start, end, strict=True)
    ]


def save(
    folder: Path,
    progress: TrainingProgress,
    tail: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    best: Weights,
    mean: Sequence[np.ndarray] = (),
) -> None:
    """Write the checkpoint of `progress.epoch` and remove old ones.

    Args:
        best: weights of the best epoch.
        mean: of the epochs so far; empty without averaging.
    """
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / system.part_name("epoch")
    state = np.frombuffer(json.dumps(vars(progress)).encode(), dtype=np.uint8)
    arrays = {
        f"{kind}_{i:05d}": value
        for kind, values in _groups(tail, optimizer, best, mean)
        for i, value in enumerate(values)
    }
    try:
        with part.open("wb") as file:
            np.savez(file, state=state, **arrays)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        part.unlink(missing_ok=True)  # a full disk: it takes room that others need
        raise
    system.replace(part, folder / f"epoch-{progress.epoch:06d}.npz")
    for old in sorted(folder.glob("epoch-*.npz"))[:-KEEP]:
        old.unlink(missing_ok=True)
    system.sweep_parts(folder)  # of workers that were killed over one


def _groups(
    tail: keras.Model, optimizer: keras.optimizers.Optimizer, best: Weights, mean: Sequence[np.ndarray]
) -> list[tuple[str, Sequence[np.ndarray]]]:
    return [
        ("tail", weights_of(tail.variables)),
        ("optimizer", weights_of(optimizer.variables)),
        ("best", best),
        ("mean", mean),
    ]


def restore(
    folder: Path, tail: keras.Model, optimizer: keras.optimizers.Optimizer
) -> tuple[TrainingProgress, Weights, Weights]:
    """Load the newest readable checkpoint into `tail` and `optimizer`; a fresh start when there is none.

    Returns:
        the progress, the best weights so far, and the mean of the epochs so far.
    """
    for path in sorted(folder.glob("epoch-*.npz"), reverse=True):
        try:
            if not is_plain(path):
                continue
            with np.load(path, allow_pickle=False) as archive:
                progress = TrainingProgress(**json.loads(archive["state"].tobytes()))
                groups = {
                    kind: [archive[k] for k in sorted(archive) if k.startswith(kind)]
                    for kind in ("tail", "optimizer", "best", "mean")
                }
        except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile):
            continue  # torn by a crash of the machine: the one before it is whole
        groups["mean"] = groups["mean"] or groups["tail"]  # without averaging, or before there was any
        variables = dict.fromkeys(groups, tail.variables) | {"optimizer": optimizer.variables}
        if not all(_fit(variables[kind], groups[kind]) for kind in variables):
            continue  # of another network
        assign(tail.variables, groups["tail"])
        assign(optimizer.variables, groups["optimizer"])
        return progress, groups["best"], groups["mean"]
    return fresh_start(tail)


def fresh_start(tail: keras.Model) -> tuple[TrainingProgress, Weights, Weights]:
    """The same before the first epoch."""
    weights = weights_of(tail.variables)
    return TrainingProgress(), weights, weights


def is_plain(path: Path) -> bool:
    """Is it uncompressed, as `save` writes it? All of it comes into memory."""
    with zipfile.ZipFile(path) as archive:
        return sum(info.file_size for info in archive.infolist()) <= path.stat().st_size


def _fit(variables: list[Any], values: Weights) -> bool:
    return [tuple(variable.shape) for variable in variables] == [value.shape for value in values]
