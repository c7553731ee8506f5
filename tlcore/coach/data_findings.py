"""Signs in the data and in how they are used: whatever the curves, something better is known."""

from __future__ import annotations

from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.languages import for_script, reads_script
from tlcore.coach import remedies
from tlcore.coach.case import Case, Finding, Idea, with_settings
from tlcore.coach.format import begin_lower, reached
from tlcore.data.class_weights import class_weights

FEW = 20  # training examples of a class; with fewer, single ones decide


def random_weights(case: Case) -> Finding | None:
    """It began from random weights, though there are pretrained ones."""
    if case.base.pretrained:
        return None
    finding = (
        f"This network began from random weights, and {reached(case)}. All it knows it had to learn from "
        f"{case.words.counted(len(case.training))}."
    )
    config = with_settings(case.base, pretrained=True, unfreeze=0)
    why = f"The backbone has seen far more than your {case.words.many}; only the head has to learn then."
    return Finding(finding, [Idea("Begin with the pretrained weights, all of them frozen.", config, why)])


def unread_script(case: Case) -> Finding | None:
    """Texts in a script that the backbone does not know, and there is no model on one that does."""
    script, there = case.evidence.script, set(case.evidence.with_model)
    if not script or reads_script(case.backbone, script):
        return None
    readers = for_script(catalogue.catalogue(case.task).values(), script)
    if not readers or there.intersection(one.id for one in readers):
        return None
    finding = (
        f"Most of your {case.words.many} are in {script} letters, and {case.backbone.name} reads "
        f"{case.backbone.languages} only; it {reached(case)}."
    )
    advice = f"Train on {readers[0].name}, which reads {readers[0].languages}."
    config = with_settings(case.base, backbone=readers[0].id, pretrained=True, unfreeze=0)
    return Finding(finding, [Idea(advice, config)])


def uneven_classes(case: Case) -> Finding | None:
    """Some classes are much rarer than others, and count no more for it."""
    if case.base.training.class_weights == "auto" or class_weights(case.counts) is None:
        return None
    there = [count for count in case.counts if count]
    finding = (
        f"The classes are uneven, from {case.words.counted(min(there))} to {max(there):,} to train on, and "
        "class weights are switched off: naming the common classes pays most."
    )
    config = with_settings(case.base, "training", class_weights="auto")
    why = f"Training {case.words.many} of rarer classes then count for more."
    return Finding(finding, [Idea("Switch class weights on.", config, why)])


def input_too_small(case: Case) -> Finding | None:
    """Examples enter smaller than is usual for the backbone."""
    if not remedies.shrinks_input(case):
        return None
    finding = (
        f"{case.words.many.capitalize()} entered at {case.base.input_size} × {case.base.input_size} pixels; "
        f"{case.backbone.input_size} are usual for {case.backbone.name}. Fine detail is lost, and what it "
        "knows fits less."
    )
    return Finding(finding, remedies.own_size(case))


def too_few_examples(case: Case) -> Finding | None:
    """A class has so few examples that single ones decide."""
    fewest, words = min(case.counts, default=FEW), case.words
    if fewest >= FEW:
        return None
    finding = f"The smallest class has {words.counted(fewest)} to train on: with so few, single ones decide."
    more = (
        f"More {words.many} would help most; the experiment “How many {words.many} do I need” on the Compare "
        "page tells how much. Until then: "
    )
    own = remedies.KINDS[case.task]
    ways = (*own.changed_examples, *own.softer)
    ideas = [
        Idea(more + begin_lower(idea.advice), idea.config, idea.why) for way in ways for idea in way(case)
    ]
    return Finding(finding, ideas)
