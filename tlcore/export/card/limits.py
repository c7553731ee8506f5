"""Limits of a model, in sentences that follow from what its run has measured."""

from __future__ import annotations

from collections.abc import Iterator

from tlcore.export.card.class_scores import class_table, support
from tlcore.export.card.facts import CardFacts
from tlcore.export.card.sections import bullets, names

FEW = 100  # test examples: their interval is some ten points wide on either side
FEW_OF_A_CLASS = 10
WEAK = 0.5  # F1, or IoU


def limits(facts: CardFacts) -> str:
    """The section of the card."""
    return f"## Limits\n\n{bullets(_sentences(facts))}"


def _sentences(facts: CardFacts) -> Iterator[str]:
    words, test = facts.words, facts.report.test
    yield f"It knows these {len(facts.labels)} classes alone, and answers with them whatever it is shown."
    yield (
        f"It was tested on {words.counted(test.n)} from where the training {words.many} came from. "
        "Elsewhere, with another camera, place or author, expect less."
    )
    if test.n < FEW:
        yield f"{words.counted(test.n).capitalize()} are few: read the interval rather than the score."
    if not test.segmentation:
        few = [label for label, n in zip(facts.labels, support(test), strict=False) if n < FEW_OF_A_CLASS]
        if few:
            yield f"Hardly tested, with fewer than {FEW_OF_A_CLASS} in the test part: {names(few)}."
    weak = [
        label
        for label, quality in zip(facts.labels, class_table(test).quality, strict=False)
        if quality < WEAK
    ]
    if weak:
        yield f"Weak classes, with {'an IoU' if test.segmentation else 'an F1'} below {WEAK}: {names(weak)}."
    yield from _of_the_data(facts)
    yield "Nobody has checked it for decisions about people, their health, rights or safety."


def _of_the_data(facts: CardFacts) -> Iterator[str]:
    found = facts.analysis
    if found and found.examples and found.likely_errors:
        yield (
            f"About {found.likely_errors:,} of the {found.examples:,} labels that it learned from are "
            "probably wrong (confident learning)."
        )
    if not facts.config.split.grouped:
        yield "Look-alikes may be in training and test at once, which flatters the score."
    if facts.backbone and facts.backbone.languages:
        yield f"Its backbone was trained on texts in {facts.backbone.languages}."
