from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from tests.fixtures.tiny_training import small
from tlcore.config import RunConfig
from tlcore.config.augmentation import AugmentationConfig
from tlcore.graft.finish import cross_fit
from tlcore.graft.network import build
from tlcore.graft.training import loop, optimizer
from tlcore.graft.training.batches import Inference, TrainingBatches
from tlcore.graft.training.out_of_fold import OutOfFold
from tlcore.graft.training.step import PhaseSpec, Steps

WIDTH, CLASSES = 6, 3


def head(hidden: tuple[int, ...] = (8,), dropout: float = 0.0) -> keras.Model:
    keras.utils.set_random_seed(5)
    given = keras.Input((WIDTH,))
    return keras.Model((given,), build.add_head(given, hidden, dropout, CLASSES))


def features(n: int = 40, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Numbers (n, width) that tell the class, and class numbers (n,)."""
    random = np.random.default_rng(seed)
    labels = np.arange(n) % CLASSES
    return (random.normal(size=(n, WIDTH)) + 2 * np.eye(CLASSES, WIDTH)[labels]).astype(np.float32), labels


def of(x: np.ndarray, labels: np.ndarray, batch: int = 8, **more: Any) -> TrainingBatches:
    return TrainingBatches(lambda rows: (x[rows],), np.arange(len(labels)), labels, batch, **more)


def ask(source: TrainingBatches, head: keras.Model, config: RunConfig, epochs: int = 4) -> OutOfFold:
    found = cross_fit.cross_fit(
        source, np.arange(len(source.labels)), head, config, epochs, lambda done, total: None, lambda: False
    )
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("hidden", "changes"),
    [
        ((), {"label_smoothing": 0.1, "loss": "categorical_crossentropy", "schedule": "constant"}),
        ((8, 5), {"optimizer": "rmsprop"}),
    ],
)
def test_five_at_once_are_five_trainings(hidden: tuple[int, ...], changes: dict[str, Any]) -> None:
    """Without dropout and with all examples in one step nothing is left to chance but the beginning."""
    x, labels = features()
    weights = np.where(labels == 1, 2.0, 1.0)
    config = small(learning_rate=0.01, **changes)
    trained = head(hidden)
    source = of(x, labels, batch=64, weights=weights)
    found = ask(source, trained, config)
    assert found.rows.tolist() == list(range(40)) and found.logits.shape == (40, CLASSES)
    keras.utils.set_random_seed(config.seed)
    beginning = keras.models.clone_model(trained).get_weights()
    held = found.folds == 3
    alone = keras.models.clone_model(trained)
    alone.set_weights(beginning)
    lessons = source.subset(~held)
    steps = Steps(PhaseSpec(alone, config.training, config.seed), optimizer.schedule(config.training, 1))
    for epoch in range(1, 5):
        loop.run_epoch(steps, lessons, epoch, loop.Hooks())
    expected = Inference(alone)(source.subset(held))
    np.testing.assert_allclose(found.logits[held], expected, rtol=1e-6, atol=1e-5)
    assert np.abs(expected).max() > 0.1


def test_no_head_has_seen_what_it_answers() -> None:
    """Nor a mixture with it: whatever examples of its fold look like, answers on the others there stay."""
    x, labels = features()
    config = small(learning_rate=0.05, augmentation=AugmentationConfig(mixup=0.4))
    given = head(dropout=0.3)
    first = ask(of(x, labels), given, config)
    spoiled = np.flatnonzero(first.folds == 3)[:4]
    others = np.setdiff1d(np.flatnonzero(first.folds == 3), spoiled)
    x[spoiled] += 9
    again = ask(of(x, labels), given, config)
    assert (again.folds == first.folds).all()
    np.testing.assert_allclose(again.logits[others], first.logits[others], rtol=1e-6, atol=1e-5)
    elsewhere = first.folds != 3
    assert np.abs(again.logits[elsewhere] - first.logits[elsewhere]).max() > 0.01


def test_the_trained_head_is_left_alone_and_answers_repeat() -> None:
    x, _ = features(4)
    tail = head(dropout=0.4)
    before = tail.get_weights()
    told: list[tuple[int, int]] = []
    config = small(learning_rate=0.01)

    def on_epoch(done: int, total: int) -> None:
        told.append((done, total))

    source = of(x, np.array([0, 0, 1, 1]))
    found, again = (
        cross_fit.cross_fit(source, np.arange(4), tail, config, 3, on_epoch, lambda: False) for _ in range(2)
    )
    assert found is not None and again is not None and (found.logits == again.logits).all()
    assert told == [(0, 3), (1, 3), (2, 3)] * 2
    assert sorted(found.folds) == [0, 1, 2, 3]
    for a, b in zip(before, tail.get_weights(), strict=True):
        assert (a == b).all()


def test_answers_are_good_and_their_folds_are_reported() -> None:
    x, labels = features(90)
    found = ask(of(x, labels), head(), small(learning_rate=0.03, epochs=10), epochs=10)
    folds = found.cross_validation(labels)
    right = found.logits.argmax(-1) == labels
    assert folds.n == 90 and len(folds.folds) == 5 and folds.mean > 0.7
    assert folds.mean == pytest.approx(right.mean(), abs=0.01)
    assert folds.folds[2] == right[found.folds == 2].mean()


def test_with_views_the_example_itself_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """From a cache, from memory or computed each time; an example without views stands for them."""
    x, labels = features()
    views = np.concatenate([x, x + 0.5, x - 0.5])
    rows = np.arange(40)[:, None] + 40 * np.arange(3)
    rows[30:] = rows[30:, :1]
    source = replace(of(views, labels), rows=rows)
    config, given = small(learning_rate=0.02), head(dropout=0.2)
    found = ask(source, given, config)
    assert found.rows.tolist() == list(range(40))
    asked: list[int] = []

    def live(rows: np.ndarray) -> tuple[np.ndarray]:
        asked.extend(rows)
        return (views[rows],)

    uncached, source = small(learning_rate=0.02, cache=False), replace(source, read=live)
    assert (ask(source, given, uncached).logits == found.logits).all()
    assert sorted(asked) == sorted(set(rows.ravel()))
    monkeypatch.setattr(cross_fit, "MOST_BYTES", 0)
    assert (ask(source, given, uncached).logits == found.logits).all()
    assert len(asked) > 2 * len(set(asked))
    assert (ask(of(x, labels), given, config).logits != found.logits).any()


def test_alike_examples_leave_nothing_to_leave_out() -> None:
    x, labels = features(6)
    alike: Callable[[int, int], None] = lambda done, total: None  # noqa: E731
    given = cross_fit.cross_fit(of(x, labels), np.zeros(6, int), head(), small(), 1, alike, lambda: False)
    assert given is None


def test_leaving_is_possible_at_any_moment() -> None:
    class Leave(Exception):
        pass

    def leave() -> bool:
        raise Leave

    x, labels = features()
    with pytest.raises(Leave):
        cross_fit.cross_fit(
            of(x, labels), np.arange(40), head(), small(learning_rate=0.1), 2, lambda d, t: None, leave
        )
