"""Panel of one model's answer: its words and its bars."""

from __future__ import annotations

from pages.components.browser.answer.answer import Bar, Panel
from pages.components.shared.answers import prediction_label
from pages.components.shared.answers.prediction_label import MOST_LETTERS
from pages.components.shared.class_colours import class_colours
from pages.components.shared.selection.labels import class_labels
from pages.components.shared.text import percent
from tlcore.errors import printable
from tlcore.runs.question import Answer
from tlcore.runs.run import Run

MOST_BARS = 12  # of more classes the likeliest
LIKELIEST = 8


def panel(run: Run, answer: Answer, truth: str = "", *, title: str = "") -> Panel:
    """The panel of an answer that is no error.

    Args:
        truth: the true class; "" where nobody knows it. Not shown for a model that has no such class.
        title: above it.
    """
    words = prediction_label.words_of(run, answer)
    return Panel(
        title=title,
        headline=words.headline,
        chance=words.chance,
        turn=words.turn,
        note=words.note,
        truth=_truth(truth, answer, is_class=bool(words.chance)) if truth in run.labels() else "",
        is_right=truth == answer["label"],
        bars=_bars(run.labels(), answer),
        rest=_rest(answer),
    )


def _truth(truth: str, answer: Answer, is_class: bool) -> str:
    if is_class or truth != answer["label"]:
        return truth_text(truth, answer["label"])
    return f"It is {printable(truth, MOST_LETTERS)}, so its best guess is right"


def truth_text(truth: str, label: str) -> str:
    """The true class beside an answer."""
    return "✓ Right" if truth == label else f"✗ It is {printable(truth, MOST_LETTERS)}"


def _bars(labels: tuple[str, ...], answer: Answer) -> tuple[Bar, ...]:
    """The classes in their own order: bars that change places cannot be read."""
    chances, colours = answer["probabilities"], class_colours(labels)
    likeliest = set(list(chances)[: LIKELIEST if len(chances) > MOST_BARS else None])
    shown = class_labels([label for label in labels if label in likeliest], MOST_LETTERS)
    return tuple(
        Bar(name, min(1.0, chances[label]), percent(chances[label]), colours[label], label == answer["label"])
        for label, name in shown.items()
    )


def _rest(answer: Answer) -> str:
    chances = list(answer["probabilities"].values())
    parts = []
    if len(chances) > MOST_BARS:
        others = chances[LIKELIEST:]
        parts.append(f"{len(others)} other classes together: {percent(sum(others))}.")
    if "seconds" in answer:
        parts.append(f"Answered in {answer['seconds'] * 1000:.0f} ms.")
    return " ".join(parts)
