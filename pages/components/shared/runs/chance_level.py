"""What guessing would reach: the number beside an accuracy, of a run and of a test on other data."""

from __future__ import annotations

from typing import Any

from pages.components.shared.text import percent, plain
from tlcore.errors import printable
from tlcore.evaluate.report import Score

HELP = "What a model would reach here that always names the commonest class of the training part."
HELP_AT_BEST = (
    "What always naming the commonest class of these examples would reach. Nobody can know beforehand which "
    "one that is: an earlier version of Graft counted so. For runs from now on, it is the commonest class of "
    "the training part."
)


def metric(place: Any, score: Score) -> None:
    """Draw it in `place`, a column. A report of an earlier version is called what it is."""
    knowable = score.baseline_from == "training"
    name = plain(printable(score.baseline_label, 40))
    place.metric(
        f"Always guessing “{name}”" if knowable else f"Guessing at best (“{name}”)",
        percent(score.baseline_accuracy),
        help=HELP if knowable else HELP_AT_BEST,
    )
