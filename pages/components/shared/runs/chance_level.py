"""The chance level: the accuracy of guessing, shown beside the accuracy of a model."""

from __future__ import annotations

from typing import Any

from pages.components.shared.text import percent, plain
from tlcore.errors import printable
from tlcore.evaluate.report import Score

HELP = "The accuracy of always answering with the most common class of the training examples."
HELP_AT_BEST = (
    "The accuracy of always answering with the most common class of these test examples, which nobody knows "
    "beforehand. An earlier version of Graft measured it so; new runs use the most common class of the "
    "training examples."
)


def metric(place: Any, score: Score) -> None:
    """Draw it in `place`, a column, with a different name if an earlier version of Graft wrote the report."""
    knowable = score.baseline_from == "training"
    name = plain(printable(score.baseline_label, 40))
    place.metric(
        f"Always guessing “{name}”" if knowable else f"Guessing at best (“{name}”)",
        percent(score.baseline_accuracy),
        help=HELP if knowable else HELP_AT_BEST,
    )
