"""Counts of terms in texts: what a term is, and what it weighs."""

from __future__ import annotations

import numpy as np
import pytest

from tlcore.heads import term_counts
from tlcore.heads.term_counts import LONGEST, MOST_LETTERS, TermCounts, TermKind


def fitted(texts: list[str], kind: TermKind = "words") -> TermCounts:
    found = term_counts.fit(texts, kind)
    assert found is not None
    return found


def test_a_term_is_a_word_or_two_in_at_least_two_texts() -> None:
    found = fitted(["Not good!", "not  GOOD", "good, then", "bad"])
    assert set(found.terms) == {"not", "good", "not good"}
    weight = dict(zip(found.terms, found.weights, strict=True))
    assert weight["not"] > weight["good"]  # that is in more texts


def test_letters_make_terms_of_up_to_three() -> None:
    found = fitted(["abcd", "abce"], "characters")
    assert set(found.terms) == {"a", "b", "c", "a b", "b c", "a b c"}
    assert max(len(term.split(" ")) for term in found.terms) == LONGEST["characters"]


def test_a_text_has_length_1_or_no_term_at_all() -> None:
    found = fitted(["one two", "one two", "three one", "three"])
    counts = found(["one one one two", "nothing known", "", "three"]).toarray()
    np.testing.assert_allclose(np.linalg.norm(counts, axis=1), [1, 0, 0, 1], atol=1e-6)
    assert counts.dtype == np.float32


def test_terms_that_no_file_can_hold_are_left_out() -> None:
    found = fitted(["[UNK]\n\x00 ok"] * 2, "characters")
    assert not any("\0" in term for term in found.terms) and {"o k", "\n", "u n k"} <= set(found.terms)


def test_a_word_that_is_very_long_is_no_term() -> None:
    found = fitted([f"a {'b' * MOST_LETTERS} {'c' * (MOST_LETTERS + 1)}"] * 2)
    assert set(found.terms) == {"a", "b" * MOST_LETTERS}


@pytest.mark.parametrize("texts", [[], ["alone"], ["", "  "], ["different", "words"], ["\x00 \x00"] * 3])
def test_texts_that_share_nothing_have_no_terms(texts: list[str]) -> None:
    assert term_counts.fit(texts, "words") is None
