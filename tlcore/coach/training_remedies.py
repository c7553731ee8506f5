"""Changes to how a phase trains: learning rate, epochs, or everything back to the recommended."""

from __future__ import annotations

from typing import Any, Literal

from tlcore.coach.case import Case, Idea, with_settings
from tlcore.coach.format import rate as said
from tlcore.coach.remedies import DROPOUT_STEP, NARROWEST
from tlcore.config import HIDDEN, PhaseName, RunConfig

SMALLEST_RATE = 1e-6  # below, nothing moves
BOLDEST = 10.0  # times the recommended learning rate; larger ones diverged or jumped on four data sets
# Further from the recommended value than so many times, a setting is put right before anything else.
FAR = 3.0
MOST_EPOCHS = 1000  # that a configuration may ask for


def part_of(phase: PhaseName) -> Literal["training", "fine_tuning"]:
    """Whose settings that phase trains by."""
    return "fine_tuning" if phase == "fine-tuning" else "training"


def rate_of(config: RunConfig, phase: PhaseName) -> float:
    """The learning rate of that phase, in settings that leave none open."""
    rate = getattr(config, part_of(phase)).learning_rate
    assert rate is not None, "a case is made of settled configurations"
    return float(rate)


def smaller_rate(case: Case, phase: PhaseName, factor: float, most: float) -> list[Idea]:
    """Steps smaller by `factor`, and by it again; at once down to `most` times the recommended rate."""
    rate, recommended = rate_of(case.base, phase), rate_of(case.recommended, phase)
    first = min(rate / factor, most * recommended)
    rates = (rounded(first / factor**times) for times in range(3))
    return [_with_rate(case, phase, new) for new in rates if SMALLEST_RATE <= new < rate]


def _with_rate(case: Case, phase: PhaseName, new: float) -> Idea:
    old = rate_of(case.base, phase)
    what = "smaller" if new < old else "larger"
    where = " in fine-tuning" if phase == "fine-tuning" else ""
    advice = f"Take {what} steps{where}: a learning rate of {said(new)} instead of {said(old)}."
    return Idea(advice, with_settings(case.base, part_of(phase), learning_rate=new))


def larger_rate(case: Case) -> list[Idea]:
    """Larger steps in the last phase, not beyond what is still sound."""
    phase = case.curve.phase
    rate, recommended = rate_of(case.base, phase), rate_of(case.recommended, phase)
    new = rounded(min(FAR * rate, BOLDEST * recommended))
    return [_with_rate(case, phase, new)] if new > rate else []


def recommended_rate(case: Case) -> list[Idea]:
    """The recommended learning rate in the last phase, where it is far above."""
    phase = case.curve.phase
    rate, usual = rate_of(case.base, phase), rate_of(case.recommended, phase)
    if rate <= FAR * usual:
        return []
    advice = f"Go back to the recommended learning rate: {said(usual)} instead of {said(rate)}."
    return [
        Idea(advice, with_settings(case.base, part_of(phase), learning_rate=usual), "Its steps are smaller.")
    ]


def rounded(value: float) -> float:
    """To one digit that counts, as people choose learning rates."""
    return float(f"{value:.0e}")


def more_epochs(case: Case) -> list[Idea]:
    """Twice as many in the last phase, and at least half of what is recommended."""
    curve = case.curve
    part = part_of(curve.phase)
    recommended = case.recommended.recipe(curve.phase).epochs
    epochs = min(MOST_EPOCHS, max(2 * curve.recipe.epochs, recommended // 2))
    if epochs <= curve.recipe.epochs:
        return []
    advice = f"Give it more time: up to {epochs} epochs instead of {curve.recipe.epochs}."
    why = "It stops by itself once it no longer gets better." if curve.recipe.patience else ""
    return [Idea(advice, with_settings(case.base, part, epochs=epochs), why)]


def toward_recommended(case: Case) -> list[Idea]:
    """Back at what is recommended, for all that holds learning back at once: one alone changes little."""
    good, config, phase = case.recommended, case.base, case.curve.phase
    part = part_of(phase)
    rate, usual = rate_of(config, phase), rate_of(good, phase)
    recipe: dict[str, Any] = {}
    if not usual / FAR <= rate <= usual * FAR:
        recipe["learning_rate"] = usual
    if getattr(config, part).weight_decay > FAR * getattr(good, part).weight_decay:
        recipe["weight_decay"] = getattr(good, part).weight_decay
    new = with_settings(config, part, **recipe)
    head: dict[str, Any] = {}
    if config.head.dropout > good.head.dropout + DROPOUT_STEP:
        head["dropout"] = good.head.dropout
    if config.head.hidden and min(config.head.hidden) < NARROWEST:
        head["hidden"] = good.hidden or HIDDEN
    new = with_settings(new, "head", **head)
    if new == config:
        return []
    names = {"learning_rate": "learning rate", "weight_decay": "weight decay", "hidden": "hidden layers"}
    off = [names.get(key, key) for key in (*recipe, *head)]
    it = "it" if len(off) == 1 else "them"
    why = f"So far from {it}, little can be learned."
    return [Idea(f"Go back to the recommended {_listed(off)}.", new, why)]


def held_back(case: Case) -> list[Idea]:
    """The same, unless steps are far too large rather than too small."""
    return [] if recommended_rate(case) else toward_recommended(case)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
