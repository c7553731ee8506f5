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
from tlcore.heads.term_counts import TermCounts, TermKind

# How much they count beside the features. On halves of four sets and on film reviews words answered new texts
# best with as much as the features, letters with three times as much.
SHARES: dict[TermKind, float] = {"words": 1.0, "characters": 3.0}
MOST_WORK = 6e11  # products in all passes of all heads: some 10 s
MOST_CHARACTERS = 2_000_000  # in all texts: counting them takes some 15 s, and 300 MB


@dataclass(frozen=True)
class TermHead:
    """A solved head, and the terms that it counts; None: it knows features alone."""

    solved: SolvedHead
    terms: TermCounts | None = None


def choose(
    examples: Examples, plain: SolvedHead, texts: Sequence[str], count: int, check_stop: Callable[[], object]
) -> TermHead:
    """The head for texts: `plain`, or one that counts terms as well, solved in at most `count` passes.

    Args:
        examples: what `plain` was solved from; texts: of each, (n,).
        check_stop: called before each pass. It may raise to leave.
    """
    is_much = _work(examples, count) > MOST_WORK or sum(map(len, texts)) > MOST_CHARACTERS
    if plain.logits is None or is_much:
        return TermHead(plain)
    known = [text for text, is_held_out in zip(texts, examples.is_held_out, strict=True) if not is_held_out]
    heads = [TermHead(plain)]
    for kind, share in SHARES.items():
        terms = term_counts.fit(known, kind)
        if terms is not None:
            own = replace(examples, counts=terms(texts), counts_share=share)
            heads.append(TermHead(solve(own, count, check_stop), terms))
    heads.reverse()  # the simplest last
    answers = [head.solved.logits for head in heads]
    found = np.column_stack([losses(logits, examples.labels) for logits in answers if logits is not None])
    return heads[simplest(found)]


def _work(examples: Examples, count: int) -> float:
    """Products in all passes of one candidate's heads: there are as many directions as examples."""
    n, heads = len(examples.labels), len(np.unique(examples.folds)) + 2
    return 4.0 * n * n * examples.classes * heads * count
