"""Texts that say too little to have a class."""

from __future__ import annotations

import numpy as np

from tlcore.data import text_store
from tlcore.data.checks.problem import SET_ASIDE, CheckInput, Problem, keys, set_aside
from tlcore.data.examples.summary import contents_of
from tlcore.data.examples.text_table import TextTable

NATURE = 0.2  # share of all texts from which on it is no fault: single words may be what is classified


def short(data: CheckInput) -> Problem | None:
    """Texts of a word or less."""
    if data.dataset is None:
        return None
    texts = text_store.read_texts(data.dataset.folder)
    examples = data.manifest.examples
    if isinstance(texts, TextTable):
        rows = np.flatnonzero(texts.which(contents_of(examples), _is_short))
    else:
        rows = np.flatnonzero([_is_short(texts.get(e.sha256, "")) for e in examples])
    if not len(rows) or len(rows) > NATURE * len(examples):
        return None
    found = [examples[row] for row in rows.tolist()]
    return Problem(
        "short",
        "Texts of a word or less",
        f"{data.counted(len(found))} of at most one word, unlike the others: too little to tell the class.",
        (keys(found),),
        set_aside(found),
        SET_ASIDE,
    )


def _is_short(text: str) -> bool:
    return len(text.split(maxsplit=1)) < 2
