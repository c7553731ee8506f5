"""Checkpoints that are torn, of another network, or made to mislead: the newest one that fits counts."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

from tlcore.graft.training import checkpoint
from tlcore.graft.training.checkpoint import TrainingProgress


def network(width: int = 3) -> tuple[keras.Model, keras.optimizers.Optimizer]:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(width)])
    optimizer = keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    return model, optimizer


class Bait:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("ran",)


def spoil(path: Path, how: str) -> None:
    if how == "another network":
        other, optimizer = network(5)
        checkpoint.save(
            path.parent, TrainingProgress(epoch=2), other, optimizer, checkpoint.weights_of(other.variables)
        )
    elif how == "a pickle":
        np.savez(path, state=np.array([Bait()], dtype=object))
    elif how == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("state.npy", bytes(50_000_000))


@pytest.mark.parametrize("how", ["another network", "a pickle", "cut", "a bomb"])
def test_the_newest_that_fits_counts(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model, optimizer = network()
    best = checkpoint.weights_of(model.variables)
    for epoch in (1, 2):
        checkpoint.save(tmp_path, TrainingProgress(epoch=epoch), model, optimizer, best)
    spoil(tmp_path / "epoch-000002.npz", how)
    progress, weights, mean = checkpoint.restore(tmp_path, *network())
    assert progress.epoch == 1 and all(map(np.array_equal, weights, best))
    assert all(map(np.array_equal, mean, best))
    assert not (tmp_path / "ran").exists()
