"""The backbone race: several backbones, the same split and recipe; accuracy against speed."""

from __future__ import annotations

import hashlib
import math

import msgspec

from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.entry import FILE_PREFIX, FOLDER_PREFIX, Backbone
from tlcore.config import RunConfig
from tlcore.data.manifest import Manifest
from tlcore.errors import BackboneError
from tlcore.runs.experiments.design import Design, Options
from tlcore.runs.experiments.experiment import (
    Arm,
    ArmResult,
    Comparison,
    Conclusion,
    ExperimentRecord,
    Versus,
)
from tlcore.runs.experiments.sentences import (
    arms_sentence,
    certainty,
    count_tests,
    interval,
    points,
    too_few,
)
from tlcore.workspace import slug


def arms(config: RunConfig, manifest: Manifest, options: Options) -> tuple[Arm, ...]:
    """One for each backbone.

    Raises:
        BackboneError: fewer than two, or one of them twice.
    """
    ids = options.backbones
    twice = sorted({backbone for backbone in ids if ids.count(backbone) > 1})
    if twice:
        raise BackboneError("A backbone takes part once.", received=", ".join(twice), remedy="Name it once.")
    if len(ids) < 2:
        remedy = "Choose two or more, such as efficientnet_lite0,mobilenet_v2."
        raise BackboneError("A race needs at least two backbones.", received=", ".join(ids), remedy=remedy)
    return tuple(_arm(catalogue.get(id), config) for id in ids)


def _arm(backbone: Backbone, config: RunConfig) -> Arm:
    return Arm(_key(backbone), backbone.name, msgspec.structs.replace(config, backbone=backbone.id))


def _key(backbone: Backbone) -> str:
    """Its id; one from a folder of its own is told apart from others of that name by its path."""
    if not backbone.id.startswith((FOLDER_PREFIX, FILE_PREFIX)):
        return backbone.id
    return f"{slug(backbone.name)}-{hashlib.sha256(backbone.id.encode(errors='replace')).hexdigest()[:6]}"


def rank(finished: list[tuple[Arm, ArmResult]]) -> list[tuple[Arm, ArmResult]]:
    """Best validation accuracy first, and the faster of two equals.

    Not by the test examples: the best of several on those is flattered by them.
    """

    def place(pair: tuple[Arm, ArmResult]) -> tuple[float, float]:
        _, entry = pair
        return -(entry.validation_accuracy or 0.0), entry.milliseconds or math.inf

    return sorted(finished, key=place)


def conclude(record: ExperimentRecord, versus: Versus) -> Conclusion:
    """The best two by validation accuracy, compared on the test examples."""
    finished = rank(record.finished())
    if len(finished) < 2:
        return Conclusion(too_few(record))
    (best, entry), (second, other) = finished[:2]
    found = versus(best.key, second.key)
    said = (
        f"{_order(best, entry, second, other, record.words.score)} {_compared(best, second, found, record)}"
    )
    return Conclusion(said, (found,))


def _order(best: Arm, entry: ArmResult, second: Arm, other: ArmResult, score: str) -> str:
    if entry.validation_accuracy == other.validation_accuracy:
        return f"{best.label} and {second.label} have the best validation {score}, equally good."
    return f"By validation {score} {best.label} came first and {second.label} second."


def _compared(best: Arm, second: Arm, found: Comparison, record: ExperimentRecord) -> str:
    if not found.n:
        subject = f"On the test {record.words.many}, {best.label} against {second.label}"
        return arms_sentence(subject, found, record)
    tests = count_tests(found, record.words)
    if not found.gain:
        return (
            f"On {tests} both got equally many right: they cannot tell which is better ({interval(found)})."
        )
    better, worse = best.label, second.label
    if found.gain < 0:
        found, better, worse = found.turned(), worse, better
    return f"On {tests} {better} was right {points(found.gain)} more often than {worse}; {certainty(found)}."


DESIGN = Design(
    name="race",
    title="Backbone race",
    question="Which backbone suits my {many}, and what does it cost in speed?",
    axis="milliseconds per {one}",
    scale="linear",
    arms=arms,
    conclude=conclude,
    races=True,
)
