"""Sentences on a model whose head counts words or letters: its file holds those of the training texts."""

from __future__ import annotations

from tlcore.evaluate.report import HeadChoice

KINDS = {"words": "words and pairs of words", "characters": "letters and rows of them"}
SWITCH = "“Words and letters, too”"
HELD = (
    "Every file of this model holds the {terms:,} {kind} that its head counts, each from at least two of the "
    f"texts it learned from. A model trained with {SWITCH} switched off holds none."
)


def held_terms(choice: HeadChoice | None) -> str:
    """The sentence for a head that was chosen; "": it counts none."""
    if choice is None or choice.counts is None:
        return ""
    return HELD.format(terms=choice.terms, kind=KINDS[choice.counts])
