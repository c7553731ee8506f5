"""Counts of the terms in texts, for a head: words and pairs of words, or letters and up to three in a row.

A backbone tells what a text is about; single words say more of a mood or a fault, and letters tell a
language. A term weighs more the fewer texts it is in (Spärck Jones, 1972), and the counts of a text have
length 1, however long it is. scikit-learn counts here; `graft/network/count_branch.py` has Keras count the
same inside a model, so terms are found as Keras' `TextVectorization` finds them.
"""

from __future__ import annotations

import functools
import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer

SparseCounts = Any  # `csr_array` (n, terms) float32 of SciPy, which scikit-learn brings
TermKind = Literal["words", "characters"]
LONGEST: dict[TermKind, int] = {"words": 2, "characters": 3}  # parts in a row that are one term
SPLITS: dict[TermKind, str] = {"words": "whitespace", "characters": "character"}  # as Keras names them
FEWEST = 2  # texts that a term has to be in
MOST = 20_000  # terms, the most frequent ones
MOST_LETTERS = 50  # of a term
_MARKS = re.compile(r'[!"#$%&()\*\+,-\./:;<=>?@\[\\\]^_`{|}~\']')  # that Keras strips
_SPACES = re.compile(r"[ \t\n\v\f\r]+")  # those alone: TensorFlow splits bytes
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)  # TensorFlow lowers no others


@dataclass(frozen=True)
class TermCounts:
    """The terms that are counted, and the weight of each, (terms,)."""

    kind: TermKind
    terms: tuple[str, ...]
    weights: np.ndarray

    def __call__(self, texts: Sequence[str]) -> SparseCounts:
        """Weighted counts of texts, (n, terms) float32; each row has length 1, or none of the terms."""
        return self._vectorizer.transform(texts)

    @functools.cached_property
    def _vectorizer(self) -> TfidfVectorizer:
        found = _vectorizer(self.kind, vocabulary=self.terms)
        found.idf_ = self.weights
        return found


def fit(texts: Sequence[str], kind: TermKind) -> TermCounts | None:
    """The terms of `texts` and their weights; None: no two texts share one."""
    vectorizer = _vectorizer(kind, min_df=FEWEST, max_features=MOST)
    try:
        vectorizer.fit(texts)
    except ValueError:  # the vocabulary is empty
        return None
    pairs = zip(vectorizer.get_feature_names_out().tolist(), vectorizer.idf_.tolist(), strict=True)
    kept = [(term, weight) for term, weight in pairs if _can_be_stored(term)]
    if not kept:
        return None
    terms, weights = zip(*kept, strict=True)
    return TermCounts(kind, terms, np.array(weights, np.float32))


def _vectorizer(kind: TermKind, **options: object) -> TfidfVectorizer:
    from sklearn.feature_extraction.text import TfidfVectorizer  # takes a second, and pictures need none

    split = _words if kind == "words" else _characters
    return TfidfVectorizer(
        analyzer=lambda text: _in_rows(split(text), LONGEST[kind]), dtype=np.float32, **options
    )


def _words(text: str) -> list[str]:
    return [word for word in _SPACES.split(_plain(text)) if word]


def _characters(text: str) -> list[str]:
    return list(_plain(text))


def _plain(text: str) -> str:
    return _MARKS.sub("", text.translate(_LOWER))


def _in_rows(parts: list[str], longest: int) -> list[str]:
    """All rows of one part up to `longest`, each joined by spaces."""
    return [
        " ".join(parts[at : at + length])
        for length in range(1, longest + 1)
        for at in range(len(parts) - length + 1)
    ]


def _can_be_stored(term: str) -> bool:
    """Keras takes its vocabulary by NumPy, which drops a NUL at the end of a term and gives each term as much
    room as the longest.
    """
    return "\0" not in term and len(term) <= MOST_LETTERS
