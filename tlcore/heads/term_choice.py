"""Whether counts of terms beside the features help a head that is left open: cross-validation decides.

Heads that have not seen a text answer it from the features alone, and with words or letters beside them. The
simplest of these whose answers are within one standard error of the best is the model's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tlcore.heads import term_counts
from tlcore.heads.regression import losses
from tlcore.heads.solved_head import Examples, SolvedHead, simplest, solve
from tlcore.heads.term_counts import SparseCounts, TermCounts, TermKind

TOO_MUCH = "Words and letters were not counted: with so much text that would take too long."
TINY = 1e-9
# How much they count beside the features: of 0.3, 1 and 3 times as much mostly the best, by
# cross-validation, on tenths of three sets of texts and on short film reviews.
SHARES: dict[TermKind, float] = {"words": 1.0, "characters": 3.0}
MOST_WORK = 6e11  # products for one candidate: some 10 s; of two classes 3,000 examples
MOST_CHARACTERS = 2_000_000  # in all texts: counting them takes some 15 s, and 300 MB


@dataclass(frozen=True)
class TermHead:
    """A solved head, and the terms that it counts; None: it knows features alone.

    Attributes:
        reason: why none were tried; "": they were.
    """

    solved: SolvedHead
    terms: TermCounts | None = None
    reason: str = ""


def choose(
    examples: Examples, plain: SolvedHead, texts: Sequence[str], count: int, check_stop: Callable[[], object]
) -> TermHead:
    """The head for texts: `plain`, or one that counts terms as well, solved in at most `count` passes.

    Args:
        examples: what `plain` was solved from; texts: of each, (n,).
        check_stop: called before each pass. It may raise to leave.
    """
    if plain.logits is None:
        return TermHead(plain)
    if _work(examples, count) > MOST_WORK or sum(map(len, texts)) > MOST_CHARACTERS:
        return TermHead(plain, reason=TOO_MUCH)
    known = [text for text, is_held_out in zip(texts, examples.is_held_out, strict=True) if not is_held_out]
    heads = [TermHead(plain)]
    for kind, share in SHARES.items():
        terms = term_counts.fit(known, kind)
        check_stop()
        if terms is not None:
            counts = terms(texts)
            check_stop()
            asked = without_own_fold(counts, examples)
            check_stop()
            own = replace(examples, counts=counts, asked_counts=asked, counts_share=share)
            heads.append(TermHead(solve(own, count, check_stop), terms))
    heads.reverse()  # the simplest last
    found = np.column_stack([_losses(head, examples.labels) for head in heads])
    usable = np.flatnonzero(np.isfinite(found).all(axis=0))
    return heads[usable[simplest(found[:, usable])]] if len(usable) else TermHead(plain)


def _losses(head: TermHead, labels: np.ndarray) -> np.ndarray:
    assert head.solved.logits is not None  # `plain` has answers, so the others have
    return losses(head.solved.logits, labels)


def without_own_fold(counts: SparseCounts, examples: Examples) -> SparseCounts:
    """Counts (n, terms) of texts as a head sees them that has not seen their fold: it knows only terms that
    stand in enough other texts, as it will of a new text.
    """
    own = counts.copy()
    rows = np.repeat(np.arange(own.shape[0]), np.diff(own.indptr))
    folds, number = np.unique(examples.folds, return_inverse=True)
    is_known = np.empty((len(folds), own.shape[1]), bool)
    for fold in range(len(folds)):
        others = ((number != fold) & ~examples.is_held_out)[rows]
        is_known[fold] = np.bincount(own.indices[others], minlength=own.shape[1]) >= term_counts.FEWEST
    own.data = own.data * is_known[number[rows], own.indices]
    lengths = np.sqrt(np.bincount(rows, np.square(own.data), minlength=own.shape[0]))
    own.data = (own.data / np.maximum(lengths, TINY)[rows]).astype(np.float32)
    return own


def _work(examples: Examples, count: int) -> float:
    """Products for one candidate: its directions, of which there are as many as examples, and all passes of
    its heads.
    """
    n, heads = len(examples.labels), len(np.unique(examples.folds)) + 2
    return 20.0 * n**3 + 4.0 * n * n * examples.classes * heads * count
