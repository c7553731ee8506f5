"""The sweep on tensors alone: what it finds, and that nothing of it stays."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest

from tests.graft.training.test_loop import FEATURES, LABELS, SETTINGS, TRAIN, tail
from tlcore.config.training import TrainingConfig
from tlcore.evaluate.lr_curve import FALLS, FLAT, LrCurve
from tlcore.graft.engines import device
from tlcore.graft.lr_finder import FIRST, LAST, STEPS, sweep
from tlcore.graft.training.batches import TrainingBatches
from tlcore.graft.training.step import PhaseSpec


def lesson(model: keras.Model, seed: int = 3, **changes: object) -> PhaseSpec:
    return replace(PhaseSpec(model, SETTINGS, seed), **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def found() -> LrCurve:
    return sweep(lesson(tail()), TRAIN)


def test_a_rate_to_train_with_lies_between_the_extremes(found: LrCurve) -> None:
    assert found.suggested and 1e-3 < found.suggested < 1 and found.reason == FALLS
    assert found.rates[0] == pytest.approx(FIRST) and np.all(np.diff(found.rates) > 0)
    ratios = np.array(found.rates[1:]) / found.rates[:-1]
    assert ratios == pytest.approx((LAST / FIRST) ** (1 / (STEPS - 1)), rel=1e-4)
    assert min(found.smoothed) < 0.8 * found.smoothed[0]


def test_it_ends_early_where_the_loss_goes_nowhere(found: LrCurve) -> None:
    assert found.diverged and len(found.losses) == len(found.rates) == len(found.smoothed) < STEPS


def test_the_same_seed_finds_the_same_curve_and_the_weights_stay(found: LrCurve) -> None:
    model = tail()
    model.layers[2].seed_generator.state.assign([1, 2])
    before = [np.array(variable) for variable in model.variables]
    told: list[tuple[int, int]] = []
    assert sweep(lesson(model), TRAIN, lambda done, total: told.append((done, total))) == found
    assert all((a == b).all() for a, b in zip(before, model.variables, strict=True))
    assert told[0] == (0, STEPS) and told[-1] == (STEPS, STEPS)
    assert sweep(lesson(model, seed=4), TRAIN).losses != found.losses


def test_left_in_the_middle_the_weights_are_put_back() -> None:
    class Left(Exception):
        pass

    def leave(done: int, total: int) -> None:
        if done == 70:
            raise Left

    model = tail()
    before = model.get_weights()
    with pytest.raises(Left):
        sweep(lesson(model), TRAIN, leave)
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


def test_nothing_to_learn_is_a_flat_curve_without_a_suggestion() -> None:
    device.set_up_device()
    given = keras.Input((6,))
    model = keras.Model((given,), keras.layers.Dense(3, use_bias=False)(given))
    blind = TrainingBatches(lambda wanted: (0 * FEATURES[wanted],), np.arange(50), LABELS, 8)
    found = sweep(lesson(model), blind)
    assert (found.suggested, found.reason, found.diverged) == (None, FLAT, False)
    assert len(found.losses) == STEPS and found.losses == pytest.approx([np.log(3)] * STEPS, abs=1e-5)


def test_only_whole_batches_are_shown_and_each_pass_draws_other_views() -> None:
    asked: list[np.ndarray] = []

    def read(rows: np.ndarray) -> tuple[np.ndarray, ...]:
        asked.append(rows)
        return (FEATURES[rows % 50],)

    views = TrainingBatches(read, np.arange(37)[:, None] + [0, 50], LABELS[:37], 8)
    sweep(lesson(tail(), mixup=0.3), views)
    assert {len(rows) for rows in asked} == {8} and len(asked) > 30
    first, second = (np.concatenate(asked[at : at + 4]) for at in (0, 4))
    both = np.intersect1d(first % 50, second % 50)
    assert len(both) and not set(first) & set(second), "a view of an example comes back in every other pass"


def test_fewer_examples_than_a_batch_are_shown_again_and_again() -> None:
    few = TrainingBatches(lambda wanted: (FEATURES[wanted],), np.arange(3), LABELS[:3], 8)
    found = sweep(PhaseSpec(tail(), TrainingConfig(batch_size=8), 3), few)
    assert len(found.losses) > 40 and np.isfinite(found.losses).all()
