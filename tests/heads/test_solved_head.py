"""The head that is left open: who has seen which example, and what is chosen."""

from __future__ import annotations

import dataclasses

import numpy as np

from tests.heads.test_regression import CLASSES
from tests.heads.test_regression import examples as draw
from tlcore.heads.solved_head import Examples, SolvedHead, simplest, solve


def examples(n: int = 60, **changes: object) -> Examples:
    features, labels = draw(n, 20)
    made = Examples(
        features=5 + 0.1 * features,
        labels=labels,
        weights=np.ones(n, np.float32),
        is_held_out=np.arange(n) % 6 == 0,
        folds=np.arange(n) // CLASSES % 5,
        classes=CLASSES,
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def solved(given: Examples) -> SolvedHead:
    return solve(given, 40, lambda: None)


def logits(given: Examples, layer: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    return given.features @ layer[0] + layer[1]


def test_the_model_knows_all_examples_and_figures_come_from_one_that_does_not() -> None:
    given = examples()
    found = solved(given)
    held_out = given.is_held_out
    before, after = (logits(given, layer) for layer in (found.layer_before, found.layer))
    np.testing.assert_allclose(before[held_out], found.validation_logits, atol=1e-3)
    right = (before.argmax(axis=1) == given.labels)[held_out].mean()
    assert found.history[found.best - 1].validation_accuracy == right
    assert np.abs(after - before)[held_out].max() > 0.01
    # Other labels on the validation examples change the model, and nothing that was learned without them.
    labels = np.where(held_out, (given.labels + 1) % CLASSES, given.labels)
    other = solve(dataclasses.replace(given, labels=labels), 40, lambda: None)
    if (other.penalty, other.best) == (found.penalty, found.best):
        np.testing.assert_array_equal(other.layer_before[0], found.layer_before[0])
    assert np.abs(other.layer[0] - found.layer[0]).max() > 1e-3


def test_an_answer_comes_from_a_head_that_has_not_seen_the_example() -> None:
    given = examples(labels=np.random.default_rng(0).integers(CLASSES, size=60))  # nothing to be learned
    found = solved(given)
    assert found.logits is not None
    assert (found.logits.argmax(axis=1) == given.labels).mean() < 0.6
    assert found.penalty >= 0.3  # so the simplest head is as good as any


def test_nothing_is_drawn_at_random() -> None:
    first, second = solved(examples()), solved(examples())
    np.testing.assert_array_equal(first.layer[0], second.layer[0])
    np.testing.assert_array_equal(first.logits, second.logits)


def test_one_fold_leaves_nothing_out() -> None:
    found = solved(examples(folds=np.zeros(60, int)))
    assert found.logits is None and 1 <= found.best <= 40 and np.isfinite(found.layer[0]).all()


def test_a_class_may_be_missing_in_training() -> None:
    given = examples()
    found = solved(dataclasses.replace(given, is_held_out=given.labels == 2))
    assert np.isfinite(found.validation_logits).all()


def test_the_simplest_within_one_standard_error_wins() -> None:
    random = np.random.default_rng(0)
    base = random.normal(1, 0.5, size=200)
    noise = random.normal(0, 0.3, size=200)
    assert simplest(np.stack([base, base + noise - noise.mean() + 0.01, base + 0.5], axis=1)) == 1
    assert simplest(np.stack([base, base + 0.5, base + 0.6], axis=1)) == 0
