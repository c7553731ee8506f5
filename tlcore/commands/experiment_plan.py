"""The plan of an experiment before it runs, for the command and the page: its arms and their seconds."""

from __future__ import annotations

import argparse

import msgspec

from tlcore import config as configuration
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.weights import weights
from tlcore.commands.shared import values
from tlcore.commands.train import check, for_task
from tlcore.config import RunConfig
from tlcore.data.defaults import with_defaults
from tlcore.data.manifest import Manifest, Task
from tlcore.data.task_words import WORDS
from tlcore.errors import BackboneError, ConfigError
from tlcore.plan import plan
from tlcore.runs.experiments import DESIGNS, Design, Options
from tlcore.runs.experiments.experiment import ExperimentRequest
from tlcore.runs.experiments.time_left import TimeLeft, kind_of, read_paces
from tlcore.workspace import Workspace

TIMING_SECONDS = 15.0  # until the speed of a finished model is known: loading TensorFlow, mostly


def recipe(args: argparse.Namespace) -> RunConfig:
    """The configuration that holds for every arm: the file's or the default, options win over it.

    Raises:
        ConfigError: it cannot be read, or goes on from another run.
    """
    config = RunConfig()
    if args.config is not None:
        config = configuration.read(args.config)
    if config.start_from:
        remedy = "Leave start_from out of the configuration."
        raise ConfigError("No earlier run fits every arm.", received=config.start_from, remedy=remedy)
    if args.epochs is not None:
        config = cap_epochs(config, args.epochs)
    if args.seed is not None:
        config = msgspec.structs.replace(config, seed=args.seed)
    return configuration.checked(config)


def cap_epochs(config: RunConfig, epochs: int) -> RunConfig:
    """With at most so many epochs in each phase of training."""
    training, tuning = (
        msgspec.structs.replace(part, epochs=min(part.epochs or epochs, epochs))
        for part in (config.training, config.fine_tuning)
    )
    return msgspec.structs.replace(config, training=training, fine_tuning=tuning)


def backbones(text: str | None) -> tuple[str, ...]:
    """Backbone ids from a list with commas, each as the catalogue writes it.

    Raises:
        BackboneError: there is no such backbone, or none in the list.
    """
    parts = (part.strip() for part in (text or "").split(","))
    found = tuple(catalogue.get(values.backbone(part)).id for part in parts if part)
    if text is not None and not found:
        remedy = "Name some, such as efficientnet_lite0,mobilenet_v2, or leave the option out."
        raise BackboneError("No backbone is named.", received=text, remedy=remedy)
    return found


def plan_experiment(
    design: Design,
    config: RunConfig,
    manifest: Manifest,
    named: tuple[str, ...],
    sizes: tuple[int, ...],
    with_random: bool = True,
) -> ExperimentRequest:
    """The experiment with all its arms, each settled and checked.

    Args:
        named: backbones that the person chose; without any, all that are ready here race, and otherwise the
            configuration's or the task's own is used.
        with_random: with the arms from random weights, which take longest.

    Raises:
        GraftError: the data, the backbones or the options allow no such experiment.
    """
    taken = named or _default(design, config, manifest.task)
    for backbone in taken:
        for_task(msgspec.structs.replace(config, backbone=backbone), manifest.task, chosen=bool(named))
    if not design.races and len(taken) > 1:
        raise BackboneError("This experiment is about one backbone.", received=", ".join(taken))
    config = msgspec.structs.replace(config, backbone="" if design.races else taken[0])
    arms = tuple(
        msgspec.structs.replace(arm, config=configuration.checked(with_defaults(arm.config, manifest)))
        for arm in design.arms(config, manifest, Options(taken, sizes))
        if with_random or arm.series != "random"
    )
    for arm in arms:
        check(arm.config)
    return ExperimentRequest(design.name, config, arms, manifest.name)


def _default(design: Design, config: RunConfig, task: Task) -> tuple[str, ...]:
    if not design.races:
        return (for_task(config, task, chosen=False).backbone,)
    ready = tuple(
        id
        for id, entry in catalogue.catalogue(task).items()
        if weights.is_ready(entry) and catalogue.takes(entry, config.input_size)
    )
    if len(ready) < 2:
        many = WORDS[task].many
        raise BackboneError(
            f"A race needs two backbones, and {len(ready) or 'none'} for {many} is ready on this computer.",
            remedy="Choose others besides; what they need is downloaded.",
        )
    return ready


def arm_seconds(asked: ExperimentRequest, manifest: Manifest, workspace: Workspace) -> list[float]:
    """Seconds that each arm takes, one after the other.

    Arms with the same frozen part share what it gives, so only the first of them computes it.

    Raises:
        BackboneError: as `plan`.
    """
    shared: dict[tuple[object, ...], float] = {}
    found = []
    for arm in asked.arms:
        config = arm.config
        cost = plan(config, manifest, workspace)
        part = (config.backbone, config.fit, config.pretrained, cost.input_size, cost.trained_blocks)
        known = shared.get(part, 0.0) if config.cache else 0.0
        shared[part] = max(known, cost.frozen_seconds)
        timing = TIMING_SECONDS if DESIGNS[asked.kind].races else 0.0
        found.append(cost.seconds - min(known, cost.frozen_seconds) + timing)
    return found


def expected_seconds(asked: ExperimentRequest, manifest: Manifest, workspace: Workspace) -> float:
    """Seconds of the whole experiment, by the plan and by how it held in the last one on this machine.

    Raises:
        BackboneError: as `plan`.
    """
    kinds = [kind_of(arm.config) for arm in asked.arms]
    return TimeLeft(
        kinds, arm_seconds(asked, manifest, workspace), read_paces(workspace, manifest.task)
    ).left(0)
