"""One compiled step: what weighs how much, what the network sees, and how far each variable moves."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from tlcore.config.training import TrainingConfig
from tlcore.graft.engines import device
from tlcore.graft.training.batches import TrainingBatches
from tlcore.graft.training.loop import Hooks, run_epoch
from tlcore.graft.training.step import PhaseSpec, Steps

RECIPE = TrainingConfig(batch_size=4, learning_rate=1e-2, weight_decay=0.0)
FEATURES = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
LABELS = np.array([0, 1, 0, 1, 0, 0])


def tail(*layers: keras.layers.Layer) -> keras.Model:
    device.set_up_device()
    keras.utils.set_random_seed(0)
    given = keras.Input((3,))
    x = given
    for layer in layers:
        x = layer(x)
    return keras.Model((given,), keras.layers.Dense(2, name="logits")(x))


def logits_of(model: keras.Model) -> np.ndarray:
    return np.asarray(model(FEATURES, training=False))


def source(weights: np.ndarray | None = None, batch: int = 4) -> TrainingBatches:
    return TrainingBatches(lambda rows: (FEATURES[rows],), np.arange(6), LABELS, batch, weights)


def test_a_class_that_weighs_nothing_teaches_nothing() -> None:
    """Its logit only ever falls, as nobody says that it is right."""
    model = tail()
    steps = Steps(PhaseSpec(model, RECIPE, 0), 0.1)
    for epoch in range(1, 20):
        run_epoch(steps, source(np.where(LABELS == 0, 1.0, 1e-9)), epoch, Hooks())
    assert (logits_of(model).argmax(-1) == 0).all()
    for epoch in range(1, 60):
        row = run_epoch(steps, source(), epoch, Hooks())
    assert row and row["accuracy"] > 4 / 6


def test_accuracy_counts_examples_and_loss_their_weights() -> None:
    model = tail()
    logits = logits_of(model)
    losses = -np.log(np.take_along_axis(keras.ops.softmax(logits).numpy(), LABELS[:, None], 1)[:, 0])
    weights = np.array([5.0, 1, 1, 1, 1, 3])
    row = run_epoch(Steps(PhaseSpec(model, RECIPE, 0), 0.0), source(weights, batch=8), 1, Hooks())
    assert row and row["loss"] == pytest.approx((losses * weights).sum() / weights.sum(), rel=1e-5)
    assert row["accuracy"] == pytest.approx((logits.argmax(-1) == LABELS).mean())


def test_what_fills_a_batch_is_never_seen() -> None:
    """A batch norm that learns would take its zeros for data."""
    means = []
    for batch in (6, 1000):
        model = tail(keras.layers.BatchNormalization(momentum=0.0))
        run_epoch(Steps(PhaseSpec(model, RECIPE, 0), 0.0), source(batch=batch), 1, Hooks())
        means.append(np.asarray(model.layers[1].moving_mean))
    np.testing.assert_allclose(means[0], means[1], atol=1e-6)
    np.testing.assert_allclose(means[0], FEATURES.mean(0), atol=1e-6)


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
def test_each_variable_moves_by_its_share_of_the_rate(optimizer: str) -> None:
    recipe = TrainingConfig(batch_size=8, optimizer=optimizer, weight_decay=0.0)  # type: ignore[arg-type]
    moved = []
    for shares in ((), (0.25, 0.25, 1.0, 1.0)):
        model = tail(keras.layers.Dense(4))
        before = model.get_weights()
        run_epoch(Steps(PhaseSpec(model, recipe, 0, rate_shares=shares), 1e-3), source(batch=8), 1, Hooks())
        moved.append([after - old for after, old in zip(model.get_weights(), before, strict=True)])
    for number, share in enumerate((0.25, 0.25, 1.0, 1.0)):
        np.testing.assert_allclose(moved[1][number], share * moved[0][number], atol=1e-6)


def test_smoothing_keeps_answers_less_sure() -> None:
    sure = []
    for smoothing in (0.0, 0.3):
        model = tail(keras.layers.Dense(16, activation="relu"))
        recipe = TrainingConfig(batch_size=8, label_smoothing=smoothing, weight_decay=0.0)
        steps = Steps(PhaseSpec(model, recipe, 0), 0.05)
        for epoch in range(1, 60):
            run_epoch(steps, source(batch=8), epoch, Hooks())
        sure.append(float(keras.ops.softmax(logits_of(model)).numpy().max(-1).mean()))
    assert sure[0] > 0.95 > sure[1]
