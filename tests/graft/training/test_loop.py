"""The loop on tensors alone: a tail, a source, and what must not depend on chance."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pytest

from tlcore.config.training import TrainingConfig
from tlcore.graft.engines import device
from tlcore.graft.training import checkpoint, loop
from tlcore.graft.training.batches import TrainingBatches
from tlcore.graft.training.loop import Hooks
from tlcore.graft.training.step import PhaseSpec

SETTINGS = TrainingConfig(epochs=4, batch_size=8, learning_rate=1e-2, patience=0)
FEATURES = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
LABELS = (FEATURES @ np.random.default_rng(1).normal(size=(6, 3))).argmax(1)


@dataclass(frozen=True)
class Straight:
    model: keras.Model
    progress: checkpoint.TrainingProgress


def source(rows: np.ndarray, batch: int = 8) -> TrainingBatches:
    return TrainingBatches(lambda wanted: (FEATURES[wanted],), rows, LABELS[rows], batch)


TRAIN, VALIDATION = source(np.arange(37)), source(np.arange(37, 50))


def tail(seed: int = 0) -> keras.Model:
    device.set_up_device()
    keras.utils.set_random_seed(seed)
    given = keras.Input((6,))
    x = keras.layers.Dropout(0.3)(keras.layers.Dense(16, activation="relu")(given))
    return keras.Model((given,), keras.layers.Dense(3)(x))


def run(
    model: keras.Model, settings: TrainingConfig = SETTINGS, checkpoints: Path | None = None, **hooks: object
) -> tuple[checkpoint.TrainingProgress, str]:
    return loop.train(PhaseSpec(model, settings, 3), TRAIN, VALIDATION, Hooks(**hooks), checkpoints)


@pytest.fixture(scope="module")
def straight() -> Straight:
    """Trained without a break. Only read it."""
    model = tail()
    return Straight(model, run(model)[0])


def same(a: keras.Model, b: keras.Model) -> bool:
    return all((x == y).all() for x, y in zip(a.get_weights(), b.get_weights(), strict=True))


class Killed(BaseException):
    """An end that no handler sees, as of a killed process."""


def killed_after(epoch: int) -> object:
    def on_epoch(row: dict) -> None:
        if row["epoch"] == epoch:
            raise Killed

    return on_epoch


def validation_loss(model: keras.Model) -> float:
    loss: float = loop.validate(model, PhaseSpec(model, SETTINGS, 3).objective, VALIDATION)["val_loss"]
    return loss


def test_the_same_seed_gives_the_same_weights_and_another_one_others(
    straight: Straight, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many steps are taken at a time."""
    slow, other = tail(), tail()
    loop.train(PhaseSpec(other, SETTINGS, 4), TRAIN, VALIDATION, Hooks())
    monkeypatch.setattr(loop, "MOST_STEPS", 1)
    run(slow)
    assert same(straight.model, slow) and not same(straight.model, other)


def test_killed_and_resumed_ends_like_never_killed(straight: Straight, tmp_path: Path) -> None:
    """And a torn checkpoint costs one epoch."""
    before, after, torn = tail(), tail(seed=99), tail()
    with pytest.raises(Killed):
        run(before, checkpoints=tmp_path / "left", on_epoch=killed_after(3))
    shutil.copytree(tmp_path / "left", tmp_path / "torn")
    rows: list[dict] = []
    resumed, _ = run(after, checkpoints=tmp_path / "left", on_epoch=rows.append)
    assert same(straight.model, after)
    assert [row["epoch"] for row in rows] == [3, 4]  # the third once more: its line may be lost
    without_time = [{k: v for k, v in row.items() if k != "seconds"} for row in resumed.history]
    assert without_time == [
        {k: v for k, v in row.items() if k != "seconds"} for row in straight.progress.history
    ]

    checkpoints = sorted((tmp_path / "torn").iterdir())
    assert [path.name for path in checkpoints] == ["epoch-000002.npz", "epoch-000003.npz"]
    checkpoints[1].write_bytes(checkpoints[1].read_bytes()[: checkpoints[1].stat().st_size // 2])
    (tmp_path / "torn" / ".epoch.7-ab.part").write_bytes(b"half")
    rows.clear()
    run(torn, checkpoints=tmp_path / "torn", on_epoch=rows.append)
    assert [row["epoch"] for row in rows] == [2, 3, 4]
    assert same(straight.model, torn)


def test_averaged_epochs_answer_and_a_killed_run_goes_on_with_their_mean(tmp_path: Path) -> None:
    straight, resumed = tail(), tail()
    means, rows = [straight.get_weights()], []

    def on_epoch(row: dict) -> None:
        rows.append(row["val_loss"])
        means.append([(old + new) / 2 for old, new in zip(means[-1], straight.get_weights(), strict=True)])

    averaged = {"averaging": 0.5}
    loop.train(PhaseSpec(straight, SETTINGS, 3, **averaged), TRAIN, VALIDATION, Hooks(on_epoch=on_epoch))
    best = means[1 + int(np.argmin(rows))]
    for found, expected in zip(straight.get_weights(), best, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert validation_loss(straight) == min(rows)
    spec = PhaseSpec(resumed, SETTINGS, 3, **averaged)
    with pytest.raises(Killed):
        loop.train(spec, TRAIN, VALIDATION, Hooks(on_epoch=killed_after(2)), tmp_path)
    loop.train(spec, TRAIN, VALIDATION, Hooks(), tmp_path)
    assert same(straight, resumed)


def test_checkpoints_that_are_none_mean_a_fresh_start(tmp_path: Path) -> None:
    for number, content in enumerate([b"", b"PK", b"\x93NUMPY", b"x" * 1000]):
        (tmp_path / f"epoch-{7 + number:06}.npz").write_bytes(content)
    progress, _ = run(tail(), checkpoints=tmp_path)
    assert progress.epoch == 4 and len(progress.history) == 4


def test_stopped_in_the_middle_keeps_the_best_and_goes_on_later(straight: Straight, tmp_path: Path) -> None:
    stopped, resumed = tail(), tail()
    asked: list[int] = []
    progress, why = run(
        stopped, checkpoints=tmp_path, should_stop=lambda: len(asked) >= 2, on_epoch=asked.append
    )
    assert (progress.epoch, why) == (2, loop.STOPPED)
    run(resumed, checkpoints=tmp_path)
    assert same(straight.model, resumed)


def test_early_stopping_gives_back_the_best_weights() -> None:
    settings = TrainingConfig(epochs=30, batch_size=8, learning_rate=0.3, schedule="constant", patience=2)
    model = tail()
    progress, why = run(model, settings)
    losses = [row["val_loss"] for row in progress.history]
    assert progress.epoch == progress.best_epoch + 2 < 30 and "2 epochs" in why
    assert progress.best_loss == min(losses) == losses[progress.best_epoch - 1]
    assert validation_loss(model) == pytest.approx(min(losses))


def test_an_infinite_loss_ends_it_and_nothing_is_best() -> None:
    settings = TrainingConfig(epochs=5, batch_size=8, learning_rate=1e30, schedule="constant")
    progress, why = run(tail(), settings)
    assert progress.epoch < 5 and "smaller learning rate" in why


def test_both_losses_mean_the_same(straight: Straight) -> None:
    categorical = tail()
    run(
        categorical,
        TrainingConfig(
            epochs=4, batch_size=8, learning_rate=1e-2, patience=0, loss="categorical_crossentropy"
        ),
    )
    for a, b in zip(straight.model.get_weights(), categorical.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-5)


def test_a_batch_larger_than_the_data_is_one_whole_batch() -> None:
    large, exact = tail(), tail()
    for model, batch in ((large, 1024), (exact, 37)):
        loop.train(PhaseSpec(model, SETTINGS, 3), source(np.arange(37), batch), VALIDATION, Hooks())
    for a, b in zip(large.get_weights(), exact.get_weights(), strict=True):
        assert a.shape == b.shape and np.isfinite(a).all()


def test_half_precision_trains_and_scales_its_loss() -> None:
    device.set_up_device()
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy("mixed_float16")
    try:
        given = keras.Input((6,))
        hidden = keras.layers.Dense(16, activation="relu")(given)
        model = keras.Model((given,), keras.layers.Dense(3, dtype="float32")(hidden))
    finally:
        keras.config.set_dtype_policy("float32")
    progress, _ = run(model, TrainingConfig(epochs=8, batch_size=8, learning_rate=1e-2, patience=0))
    assert progress.history[-1]["loss"] < progress.history[0]["loss"]
    assert 0 < progress.history[0]["learning_rate"] <= 1e-2


def test_from_random_weights_the_most_accurate_epoch_counts() -> None:
    settings = TrainingConfig(epochs=12, batch_size=8, learning_rate=0.3, schedule="constant", patience=0)
    progress, _ = loop.train(PhaseSpec(tail(), settings, 3, "whole"), TRAIN, VALIDATION, Hooks())
    best = max(progress.history, key=lambda row: (row["val_accuracy"], -row["val_loss"]))
    assert progress.best_epoch == best["epoch"]
    by_loss = loop.train(PhaseSpec(tail(), settings, 3), TRAIN, VALIDATION, Hooks())[0]
    assert by_loss.best_loss == min(row["val_loss"] for row in by_loss.history) < best["val_loss"]
