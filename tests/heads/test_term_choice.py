"""Whether a head counts terms: only where heads that have not seen a text answer it better so."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.heads.test_regression import CLASSES
from tests.heads.test_solved_head import examples
from tlcore.heads import term_choice
from tlcore.heads.regression import losses
from tlcore.heads.solved_head import Examples, solve
from tlcore.heads.term_choice import TermHead

WORDS = ("good day", "bad night", "no sleep", "much rain")


def chosen(given: Examples, texts: list[str]) -> TermHead:
    return term_choice.choose(given, solve(given, 40, lambda: None), texts, 40, lambda: None)


def telling(given: Examples) -> list[str]:
    """Texts whose words tell the class."""
    return [f"{WORDS[label % len(WORDS)]} {label} text" for label in given.labels]


def noisy(n: int = 60) -> Examples:
    """Examples whose features tell nothing."""
    return examples(n, features=np.random.default_rng(1).normal(size=(n, 20)).astype(np.float32))


def test_terms_count_where_they_tell_what_the_features_do_not() -> None:
    given = noisy()
    head = chosen(given, telling(given))
    assert head.terms is not None
    assert head.solved.logits is not None
    assert (head.solved.logits.argmax(axis=1) == given.labels).mean() > 0.9


def test_letters_count_where_they_alone_tell_it() -> None:
    given = noisy()
    random = np.random.default_rng(2)
    texts = ["".join(random.choice(list("abcdef"), 5)) + 3 * "xyzuvw"[label] for label in given.labels]
    head = chosen(given, texts)
    assert head.terms is not None and head.terms.kind == "characters"


def test_the_features_alone_stay_where_terms_bring_nothing() -> None:
    given, random = examples(), np.random.default_rng(3)
    texts = [" ".join(random.choice(["one", "two", "three", "four"], 4)) for _ in given.labels]
    assert chosen(given, texts).terms is None


def test_the_terms_know_no_text_that_is_held_out() -> None:
    given = noisy()
    texts = [
        text + (" 秘密" if held_out else "")
        for text, held_out in zip(telling(given), given.is_held_out, strict=True)
    ]
    head = chosen(given, texts)
    assert head.terms is not None and "秘" not in "".join(head.terms.terms)


def rare_words(n: int, seed: int) -> tuple[list[str], np.ndarray]:
    """Texts whose class is told by one of very many words, most of which stand in two or three texts."""
    random = np.random.default_rng(seed)
    labels = np.arange(n) % CLASSES
    words = [f"w{label}x{random.integers(n // 6)} all" for label in labels]
    return words, labels


def test_an_answer_knows_no_term_from_its_own_fold() -> None:
    texts, labels = rare_words(300, 0)
    given = dataclasses.replace(noisy(300), labels=labels)
    head = chosen(given, texts)
    assert head.terms is not None and head.solved.logits is not None
    new_texts, new_labels = rare_words(2000, 1)
    features = np.random.default_rng(3).normal(size=(2000, 20)).astype(np.float32)
    kernel, bias = head.solved.layer
    new = features @ kernel + bias + head.terms(new_texts) @ head.solved.counts_kernel
    assert losses(head.solved.logits, labels).mean() > losses(new, new_labels).mean() - 0.05


def test_a_head_on_counts_is_the_one_on_the_same_numbers_as_features() -> None:
    given = noisy()
    terms = chosen(given, telling(given)).terms
    assert terms is not None
    counts = terms(telling(given))
    joint = dataclasses.replace(given, counts=counts, counts_share=2.0)
    found = solve(joint, 40, lambda: None)
    assert found.counts_kernel is not None and found.counts_kernel.shape == (len(terms.terms), CLASSES)
    # The same by hand: everything in one array that is standardised already.
    features = given.scaling(given.features)
    dense = np.sqrt(joint.counts_scale) * counts.toarray()
    assert np.square(dense).sum(1).mean() == pytest.approx(2 * np.square(features).sum(1).mean(), rel=1e-4)
    np.testing.assert_allclose(
        (own := joint.directions().features) @ own.T,
        (wide := np.hstack([features, dense])) @ wide.T,
        atol=1e-2,
    )
    kernel, bias = found.layer_before
    assert kernel.shape == (20, CLASSES) and bias.shape == (CLASSES,)
    model = given.features @ found.layer[0] + found.layer[1] + counts @ found.counts_kernel
    assert (model.argmax(axis=1) == given.labels).mean() > 0.9


def test_very_long_texts_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    given = noisy()
    texts = telling(given)
    monkeypatch.setattr(term_choice, "MOST_CHARACTERS", sum(map(len, texts)) - 1)
    assert chosen(given, texts).terms is None


@pytest.mark.parametrize(
    "given", [examples(folds=np.zeros(60, int)), examples(300, classes=10**9)], ids=["no folds", "much work"]
)
def test_nothing_is_tried_where_nobody_could_tell_or_wait(given: Examples) -> None:
    plain = solve(examples(), 2, lambda: None)
    if len(np.unique(given.folds)) < 2:
        plain = solve(given, 2, lambda: None)
    head = term_choice.choose(given, plain, ["same words"] * len(given.labels), 40, lambda: None)
    assert head.terms is None and head.solved is plain
