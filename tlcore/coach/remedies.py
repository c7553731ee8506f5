"""Changes to the network and its input: examples, head, frozen blocks, input size.

Each move gives the next step of one remedy, or none at the end of the way. Steps are few and rounded, so that
taking one after another ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from tlcore.coach.case import Case, Idea, with_settings
from tlcore.coach.place_remedies import narrower_pyramid
from tlcore.config import HIDDEN
from tlcore.config.task import Task

VIEWS = (4, 8, 16)  # each costs as much as the pictures themselves, once; few runs gain from more
MIXUP = 0.2  # usual for networks that are pretrained
SMOOTHING = 0.1  # usual (Szegedy et al., 2016)
DROPOUT_STEP, MOST_DROPOUT = 0.2, 0.7  # a head that hides more than that learns little
NARROWEST, WIDEST = 16, 512  # of hidden layers

Remedy = Callable[[Case], Sequence[Idea]]


def more_views(case: Case) -> list[Idea]:
    """The next larger number of changed copies."""
    views = next((views for views in VIEWS if views > case.base.augmentation.views), None)
    if views is None:
        return []
    advice = f"Show it {views} changed copies (views) of each training {case.words.one}."
    why = "Turned, zoomed, brighter or darker: what never looks the same twice is harder to learn by heart."
    return [Idea(advice, with_settings(case.base, "augmentation", views=views), why)]


def mixup(case: Case) -> list[Idea]:
    """Blending, where there is none."""
    if case.base.augmentation.mixup:
        return []
    advice = f"Blend pairs of training {case.words.many}, and their classes with them: mixup."
    why = "No two blends are the same, so there is less to learn by heart."
    return [Idea(advice, with_settings(case.base, "augmentation", mixup=MIXUP), why)]


def more_dropout(case: Case) -> list[Idea]:
    """A step more; a head that is open has none."""
    if case.base.is_head_open:
        return []
    old = case.base.head.dropout
    new = round(min(MOST_DROPOUT, old + DROPOUT_STEP), 2)
    if new <= old:
        return []
    advice = f"Hide more of the head at random in each step: a dropout of {new:g} instead of {old:g}."
    return [
        Idea(advice, with_settings(case.base, "head", dropout=new), "It then cannot rely on single details.")
    ]


def less_dropout(case: Case) -> list[Idea]:
    """A step less; a head that is open has none."""
    if case.base.is_head_open:
        return []
    old = case.base.head.dropout
    new = round(max(0.0, old - DROPOUT_STEP), 2)
    if new >= old:
        return []
    advice = f"Hide less of the head at random in each step: a dropout of {new:g} instead of {old:g}."
    return [Idea(advice, with_settings(case.base, "head", dropout=new))]


def smoothing(case: Case) -> list[Idea]:
    """Softer targets, where they are hard."""
    if case.base.training.label_smoothing or case.base.is_head_open:
        return []
    advice = f"Ask for a little less than certainty: a label smoothing of {SMOOTHING:g}."
    why = "It keeps the model from being too sure of what it has seen."
    return [Idea(advice, with_settings(case.base, "training", label_smoothing=SMOOTHING), why)]


def smaller_head(case: Case) -> list[Idea]:
    """Half as wide, and none at last."""
    old = case.base.hidden
    if not old:
        return []
    new = tuple(min(width, max(NARROWEST, width // 2)) for width in old)
    if new == old:
        new = ()
    advice = f"Make the hidden layers of the head smaller: {_widths(new)} instead of {_widths(old)}."
    return [
        Idea(advice, with_settings(case.base, "head", hidden=new), "There is less room to learn by heart.")
    ]


def larger_head(case: Case) -> list[Idea]:
    """Twice as wide; the usual one where a person had left out the hidden layer."""
    old = case.base.hidden
    new = tuple(max(width, min(WIDEST, 2 * width)) for width in old) or HIDDEN
    if new == old or case.base.is_head_open:
        return []
    advice = f"Make the hidden layers of the head larger: {_widths(new)} instead of {_widths(old)}."
    return [Idea(advice, with_settings(case.base, "head", hidden=new), "They can tell finer differences.")]


def _widths(widths: tuple[int, ...]) -> str:
    return ", ".join(map(str, widths)) or "none"


def fewer_blocks(case: Case) -> list[Idea]:
    """Half as many of the unfrozen ones, one at least: the head alone was tried in the first phase."""
    old, total = case.base.unfreeze, len(case.backbone.blocks)
    trained = total if old == "all" else old
    if not case.base.pretrained or trained < 2:
        return []
    new = trained // 2
    advice = f"Unfreeze only {_last(new, case.words.block)}."
    return [Idea(advice, with_settings(case.base, unfreeze=new), "What stays frozen cannot be spoiled.")]


def more_blocks(case: Case) -> list[Idea]:
    """Half of them where all are frozen, else twice as many, and all at last.

    Two of Lite0's 17 brought nothing to flowers5, where eight did; the steps get smaller with depth anyway.
    """
    old, total, words = case.base.unfreeze, len(case.backbone.blocks), case.words
    if old == "all" or not case.base.pretrained:
        return []
    count = 2 * old or max(1, total // 2)
    new: int | Literal["all"] = "all" if count >= total else count
    which = f"all {words.block}s" if new == "all" else _last(new, words.block)
    advice = f"Unfreeze {which} of the backbone, so that they adapt to your {words.many}."
    why = (
        "The head learns first, then both go on in small steps; what comes of it is kept only if it answers "
        f"the validation {words.many} better."
    )
    return [Idea(advice, with_settings(case.base, unfreeze=new), why)]


def _last(number: int, block: str) -> str:
    return f"the last {block}" if number == 1 else f"the last {number} {block}s"


def own_size(case: Case) -> list[Idea]:
    """The backbone's own input size, where examples enter smaller."""
    if not shrinks_input(case):
        return []
    own = case.backbone
    advice = f"Let {case.words.many} enter at {own.input_size} pixels, as is usual for {own.name}."
    return [Idea(advice, with_settings(case.base, input_size=None))]


def shrinks_input(case: Case) -> bool:
    """Tell whether examples enter smaller than the backbone is used to, where that loses something."""
    size = case.base.input_size
    return KINDS[case.task].has_own_size and size is not None and size < case.backbone.input_size


@dataclass(frozen=True)
class TaskRemedies:
    """Remedies that only some tasks have.

    Attributes:
        changed_examples: views of examples, and blends of them.
        softer: those that keep the model from being too sure.
        smaller_head: less room to learn by heart.
        has_own_size: whether examples are best as large as is usual for the backbone.
        frozen_limit: the end of a sentence about what frozen backbones are weak at; "": nothing known.
    """

    changed_examples: tuple[Remedy, ...]
    softer: tuple[Remedy, ...]
    smaller_head: Remedy
    has_own_size: bool = False
    frozen_limit: str = ""


_PLACES = TaskRemedies((more_views,), (more_dropout,), narrower_pyramid)
KINDS: dict[Task, TaskRemedies] = {
    "images": TaskRemedies((more_views, mixup), (more_dropout, smoothing), smaller_head, has_own_size=True),
    "texts": TaskRemedies(
        (),
        (more_dropout, smoothing),
        smaller_head,
        frozen_limit="tells what texts are about, and less well how they are meant: that counts if your "
        "classes are moods, irony or styles",
    ),
    "detection": _PLACES,
    "segmentation": _PLACES,
}
