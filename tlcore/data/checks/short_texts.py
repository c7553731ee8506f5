"""Texts that say too little to have a class."""

from __future__ import annotations

from tlcore.data import text_store
from tlcore.data.checks.problem import SET_ASIDE, CheckInput, Problem, keys, set_aside

NATURE = 0.2  # share of all texts from which on it is no fault: single words may be what is classified


def short(data: CheckInput) -> Problem | None:
    """Texts of a word or less."""
    if data.dataset is None:
        return None
    texts = text_store.read_texts(data.dataset.folder)
    found = [e for e in data.manifest.examples if len(texts.get(e.sha256, "").split()) < 2]
    if not found or len(found) > NATURE * len(data.manifest.examples):
        return None
    return Problem(
        "short",
        "Texts of a word or less",
        f"{data.counted(len(found))} of at most one word, unlike the others: too little to tell the class.",
        (keys(found),),
        set_aside(found),
        SET_ASIDE,
    )
