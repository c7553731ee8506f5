"""Texts that say too little to have a class."""

from __future__ import annotations

from tlcore.data import text_store
from tlcore.data.checks.problem import ASIDE, CheckInput, Problem, keys, laid_aside

NATURE = 0.2  # share of all texts from which on it is no fault: single words may be what is classified


def short(given: CheckInput) -> Problem | None:
    """Texts of a word or less."""
    if given.dataset is None:
        return None
    texts = text_store.read_texts(given.dataset.folder)
    found = [e for e in given.manifest.examples if len(texts.get(e.sha256, "").split()) < 2]
    if not found or len(found) > NATURE * len(given.manifest.examples):
        return None
    return Problem(
        "short",
        "Texts of a word or less",
        f"{given.counted(len(found))} of a single word, unlike the others: too little to tell a class by.",
        (keys(found),),
        laid_aside(found),
        ASIDE,
    )
