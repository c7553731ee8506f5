"""The unfreeze experiment: nothing, the last block, half, all, and all of it from random weights."""

from __future__ import annotations

import msgspec

from tlcore.backbones.catalogue import catalogue
from tlcore.config import RunConfig
from tlcore.data.manifest import Manifest
from tlcore.data.task_words import WORDS
from tlcore.runs.experiments.design import Design, Options, without_counts
from tlcore.runs.experiments.experiment import (
    Arm,
    ArmResult,
    Comparison,
    Conclusion,
    ExperimentRecord,
    Versus,
)
from tlcore.runs.experiments.sentences import arms_sentence, too_few

NOTHING, LAST, HALF, ALL, RANDOM = "nothing", "last", "half", "all", "random"
SUBJECTS = {
    LAST: "Unfreezing the last {block}",
    HALF: "Unfreezing half of the {block}s",
    ALL: "Unfreezing all {block}s",
}


def arms(config: RunConfig, manifest: Manifest, options: Options) -> tuple[Arm, ...]:
    """From nothing to everything, as far as the backbone has blocks to tell these apart.

    Raises:
        BackboneError: there is no such backbone.
    """
    config = without_counts(config)  # of all arms the one that unfreezes nothing alone could have them
    backbone = catalogue.get(config.backbone)
    total, block = len(backbone.blocks), WORDS[backbone.task].block

    def arm(key: str, label: str, unfreeze: int | str, pretrained: bool = True) -> Arm:
        tried = msgspec.structs.replace(config, pretrained=pretrained, unfreeze=unfreeze)
        return Arm(key, label, tried, label, "pretrained" if pretrained else "random")

    found = [arm(NOTHING, "nothing", 0)]
    if total > 1:
        found.append(arm(LAST, f"the last {block}", 1))
    if total > 3:
        found.append(arm(HALF, f"half of the {block}s", total // 2))
    found.append(arm(ALL, f"all {total} {block}s", "all"))
    found.append(arm(RANDOM, "all, from random weights", "all", pretrained=False))
    return tuple(found)


def conclude(record: ExperimentRecord, versus: Versus) -> Conclusion:
    """The gain from unfreezing over training the head alone, and the gain from pretraining."""
    entries = {arm.key: entry for arm, entry in record.finished()}
    found: list[Comparison] = []
    said = []
    tried = [entries[key] for key in SUBJECTS if key in entries]
    if NOTHING in entries and tried:
        best = max(tried, key=_validated)  # of equals the first, which unfreezes least
        found.append(versus(best.arm, NOTHING))
        said.append(_unfrozen(best, entries[NOTHING], len(tried), found[0], record))
    if ALL in entries and RANDOM in entries:
        found.append(versus(RANDOM, ALL))
        subject = "Starting from random weights instead of the pretrained ones"
        said.append(arms_sentence(subject, found[-1], record))
    return Conclusion(" ".join(said) or too_few(record), tuple(found))


def _validated(entry: ArmResult) -> float:
    return entry.validation_accuracy or 0.0


def _unfrozen(
    best: ArmResult, nothing: ArmResult, tried: int, found: Comparison, record: ExperimentRecord
) -> str:
    """The amount that validation prefers, against the head alone. The test examples choose nothing."""
    score = record.words.score
    subject = SUBJECTS[best.arm].format(block=record.words.block)
    if _validated(best) < _validated(nothing):
        first = f"By validation {score} it is best to unfreeze nothing. "
        next = subject if tried == 1 else f"{subject}, the next best,"
        return first + arms_sentence(next, found, record)
    if tried > 1:
        subject = f"{subject}, the best amount by validation {score},"
    return arms_sentence(subject, found, record)


DESIGN = Design(
    name="unfreeze",
    title="How much to unfreeze",
    question="Does it help to train more of the network than the head, and what was pretraining worth?",
    axis="what was unfrozen",
    scale="category",
    arms=arms,
    conclude=conclude,
)
