"""Sentences about the estimate of what a first model would get, as Markdown."""

from __future__ import annotations

from pages.components.shared.text import isolated
from tlcore.backbones.catalogue import catalogue
from tlcore.data.task_words import WORDS, TaskWords
from tlcore.errors import BackboneError, printable
from tlcore.evaluate.estimate.amount import AmountScore
from tlcore.evaluate.estimate.record import ClassEstimate, Estimate

WHOLE_AMOUNT = (
    "All that a head can learn from while a fifth stays hidden. Move the slider to try with fewer {many}."
)
COUNTED = " A run may also count words or letters, and do better."
SHARES = ("a quarter", "half", "three quarters", "all")


def headline(found: Estimate) -> str:
    """The accuracy with its interval."""
    low, high = found.interval
    return (
        f"A first model would get about **{_whole(found.accuracy)} right** "
        f"({100 * low:.0f} to {_whole(high)})."
    )


def basis(found: Estimate, words: TaskWords) -> str:
    """The examples and the backbone that the accuracy was measured with."""
    asked = (
        words.counted(found.n) if found.n == found.total else f"{found.n:,} of {words.counted(found.total)}"
    )
    return (
        f"An estimate before any training, with {_name(found.backbone)}: {asked}, each answered by a simple "
        "head that had not seen it. It uses the usual split, since one estimate serves all settings of the "
        f"Model page: the test {words.many} of that split stay untouched for the real score. Guessing gets "
        f"{_whole(found.baseline_accuracy)}.{COUNTED if words is WORDS['texts'] else ''}"
    )


def _name(backbone: str) -> str:
    try:
        return isolated(printable(catalogue.get(backbone).name, 60))
    except BackboneError:
        return "a backbone that is gone"


def classes(found: Estimate) -> str:
    """The hardest and the easiest class."""
    ranked = rank(found)
    if not ranked:
        return ""
    hardest, easiest = ranked[0], ranked[-1]
    if _share(hardest) == _share(easiest):
        return f"All classes are about equally hard: {_whole(_share(hardest))} right."
    return f"Hardest: {_count(hardest)}. Easiest: {_count(easiest)}."


def rank(found: Estimate) -> list[ClassEstimate]:
    """The classes that have examples, the hardest first."""
    return sorted((one for one in found.classes if one.n), key=lambda one: (_share(one), one.label))


def _share(one: ClassEstimate) -> float:
    return one.right / max(1, one.n)


def _count(one: ClassEstimate) -> str:
    return f"**{isolated(printable(one.label, 40))}**, {one.right:,} of {one.n:,} right"


def curve(found: Estimate, words: TaskWords) -> str:
    """The accuracy with a part of the examples, and what more of them would bring."""
    pairs = zip(SHARES, found.curve, strict=False)  # the file may hold anything
    parts = [f"with {share} {_whole(point.accuracy)}" for share, point in pairs]
    first, *others = parts or ["with none"]
    return f"Of your {words.many}: {first} right, {', '.join(others)}. {more(found, words)}"


def right(accuracy: float) -> str:
    """For example "74 % right"."""
    return f"{_whole(accuracy)} right"


def amount_title(each: int, words: TaskWords, is_all: bool = False) -> str:
    """The amount that was tried."""
    examples = words.one if each == 1 else words.many
    return f"With all, {each:,} of each class" if is_all else f"With {each:,} {examples} of each class"


def amount_basis(score: AmountScore, found: Estimate, words: TaskWords) -> str:
    """The interval of an amount in words, and what it was measured on."""
    low, high = score.interval
    few = sum(0 < one.n * 4 // 5 < score.each for one in found.classes)
    fewer = f" {_classes(few)} fewer and give{'s' if few == 1 else ''} all." if few else ""
    draws = f", the mean of {score.draws} random draws" if score.draws > 1 else ", one random draw"
    return (
        f"Between **{100 * low:.0f} and {_whole(high)}** in 95 of 100 such trials with other {words.many}. "
        f"Measured by cross-validation on {words.counted(score.n)} that the head had not learned from"
        f"{draws}.{fewer}"
    )


def _classes(number: int) -> str:
    return "One class has" if number == 1 else f"{number:,} classes have"


def more(found: Estimate, words: TaskWords) -> str:
    """The gain that twice as many examples would bring."""
    if found.forecast is not None:
        return (
            f"If it goes on like this, **twice as many {words.many}** would get about "
            f"**{_whole(found.forecast)}**. That is a guess from four points."
        )
    if found.doubling is None or found.right == found.n:
        return "There is no mistake left that more of them could fix."
    change, low, high = (f"{100 * value:+.1f}".replace("-", "−") for value in found.doubling)
    return (
        f"From half to all it changed by {change} points, which may be chance ({low} to {high}): more "
        f"{words.many} of the same kind may bring little."
    )


def _whole(share: float) -> str:
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"
