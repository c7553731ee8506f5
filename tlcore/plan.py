"""The cost of a configuration before anything is computed: parameters, memory, seconds and disk.

Reads the catalogue and the speed that earlier runs measured on this machine; never TensorFlow. The Model
page, and whatever else asks "what would this take", read it from here; `costs/` has the formulas.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from tlcore import system
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.entry import Backbone
from tlcore.config import PhaseName, RunConfig
from tlcore.config.task import INPUTS, InputKind
from tlcore.costs.cost_case import KINDS, TRAINING_MACS, CostCase, macs
from tlcore.costs.places import PlacesCostCase
from tlcore.data.manifest import Manifest
from tlcore.data.splits import assign
from tlcore.records import JsonType
from tlcore.workspace import Workspace, cache_budget, free_above_reserve

START_SECONDS = 14.0  # TensorFlow, the backbone, saving and checking the model
SMALL_VALIDATION = 100  # examples; below, one split's accuracy says little and folds are shown besides
Doing = Literal["answering", "training"]  # what a speed is of


class PhaseCost(msgspec.Struct, frozen=True):
    """The cost of one phase of training, in `epochs` epochs at most. `memory_bytes` as in `Plan`."""

    phase: PhaseName
    epochs: int
    trained_parameters: int
    seconds_per_epoch: float
    memory_bytes: int


class Plan(msgspec.Struct, frozen=True):
    """The cost of a run. Seconds are estimates from `speed` (multiply-accumulates a second).

    The examples pass the frozen part of each phase once: `frozen_seconds`; its output takes `disk_bytes`, in
    `half_precision` where that was asked for, or the disk is too short for all of it.
    `views_seconds` and `views_bytes` are what augmented views add, once: they are in `frozen_seconds`,
    `seconds` and `disk_bytes` already. Without a cache all of that happens in each epoch, and they are 0.
    `seconds` is for all epochs: training may stop earlier.
    """

    input_size: int
    blocks: int
    trained_blocks: int
    backbone_parameters: int
    trained_backbone_parameters: int
    head_parameters: int
    phases: tuple[PhaseCost, ...]
    frozen_seconds: float
    seconds: float
    disk_bytes: int
    half_precision: bool
    views_seconds: float
    views_bytes: int
    speed: float
    speed_measured: bool

    @property
    def trained_parameters(self) -> int:
        """Of the last phase, in which most train."""
        return self.phases[-1].trained_parameters

    @property
    def seconds_per_epoch(self) -> float:
        """Of the last phase."""
        return self.phases[-1].seconds_per_epoch

    @property
    def memory_bytes(self) -> int:
        """The most that the process will hold. What it reads of the cache comes on top, but the system may
        drop that at any moment.
        """
        return max(phase.memory_bytes for phase in self.phases)

    def of(self, *phases: PhaseName) -> PhaseCost | None:
        """The first of those phases that the run has; None when it has none of them."""
        return next((cost for cost in self.phases if cost.phase in phases), None)


class MachineSpeed(msgspec.Struct):
    """The speed that the last run of a task measured: `cache/speed-<task>.json` for the frozen part, and
    `speed-<task>-training.json` for blocks that train.
    """

    macs_per_second: float
    device: str


_SPEED = JsonType(MachineSpeed)


def plan(config: RunConfig, manifest: Manifest, workspace: Workspace) -> Plan:
    """The cost of `config` on the examples of `manifest`.

    Raises:
        BackboneError: the backbone is unknown or cannot do what the configuration asks.
    """
    return _plan(_work(config, manifest, _circumstances(config, manifest, workspace)), workspace)


def plan_each(
    config: RunConfig, backbones: Iterable[str], manifest: Manifest, workspace: Workspace
) -> dict[str, Plan]:
    """The cost of `config` on each of these backbones, by id; the examples are split and counted once.

    Raises:
        BackboneError: as `plan`.
    """
    given = _circumstances(config, manifest, workspace)
    each = {id: msgspec.structs.replace(config, backbone=id) for id in backbones}
    return {id: _plan(_work(one, manifest, given), workspace) for id, one in each.items()}


def _plan(work: CostCase, workspace: Workspace) -> Plan:
    config = work.config
    phases = tuple(_phase(work, phase) for phase in config.phases)
    once, views_once = map(sum, zip(*map(work.seconds_once, config.phases), strict=True))
    training = sum(cost.epochs * cost.seconds_per_epoch for cost in phases)
    unseen = work.seconds_out_of_fold if "head" in config.phases else 0.0
    views = work.train * config.augmentation.views  # only what is trained on has views
    rows = work.train + work.held + work.tested + views
    full, halved = (sum(work.kept_bytes(phase, half) for phase in config.phases) for half in (False, True))
    half = config.cache and _in_half(config, rows * full, rows * halved, workspace)
    kept = (halved if half else full) if config.cache else 0
    backbone_parameters = sum(block.trainable for block in work.parts(config.phases[-1])[1])
    return Plan(
        input_size=work.size,
        blocks=len(work.backbone.blocks),
        trained_blocks=len(work.parts(config.phases[-1])[1]),
        backbone_parameters=work.backbone.params,
        trained_backbone_parameters=backbone_parameters,
        head_parameters=work.head_parameters,
        phases=phases,
        frozen_seconds=once + views_once,
        seconds=START_SECONDS + once + views_once + training + unseen,
        disk_bytes=rows * kept,
        half_precision=half,
        views_seconds=views_once,
        views_bytes=views * kept,
        speed=work.speed,
        speed_measured=recall(workspace, work.backbone.task) is not None,
    )


def _in_half(config: RunConfig, full: int, half: int, workspace: Workspace) -> bool:
    """Is half precision asked for, or all that there is room for?

    Args:
        full, half: bytes of what is kept.
    """
    task = catalogue.task_of(config)
    if INPUTS[task] != task or half == full:  # of maps half is all that is ever kept
        return False
    room = min(cache_budget(), free_above_reserve(workspace.shared.cache))
    return config.kept == "half" or (config.kept == "auto" and half <= room < full)


class _Circumstances(NamedTuple):
    """As the last fields of `CostCase`: what is the same for every backbone."""

    train: int
    held: int
    tested: int
    speed: float
    training_speed: float


def _circumstances(config: RunConfig, manifest: Manifest, workspace: Workspace) -> _Circumstances:
    splits, reads = assign(manifest, config.split), INPUTS[manifest.task]
    return _Circumstances(
        train=splits.count("train"),
        held=splits.count("validation"),
        tested=splits.count("test"),
        speed=_speed(workspace, reads),
        training_speed=_training_speed(workspace, reads),
    )


def _work(config: RunConfig, manifest: Manifest, given: _Circumstances) -> CostCase:
    backbone = catalogue.get(config.backbone)
    wanted = config.input_size or KINDS[backbone.task].size(backbone, manifest)
    case = CostCase if catalogue.task_of(config) == backbone.task else PlacesCostCase
    size = catalogue.input_size(backbone, wanted)
    return case(config, backbone, size, len(manifest.classes), **given._asdict())


def _phase(work: CostCase, phase: PhaseName) -> PhaseCost:
    return PhaseCost(
        phase=phase,
        epochs=work.config.recipe(phase).epochs,
        trained_parameters=work.trained_parameters(phase),
        seconds_per_epoch=work.seconds_per_epoch(phase),
        memory_bytes=work.memory_bytes(phase),
    )


def examples_per_second(backbone: Backbone, workspace: Workspace, size: int | None = None) -> float:
    """Examples a second that the whole backbone should manage here: of `size`, or of its own for None."""
    products = macs(backbone, backbone.blocks, size or backbone.input_size)
    return 1 / seconds_each(products, backbone.task, workspace)


def seconds_each(products: float, task: InputKind, workspace: Workspace) -> float:
    """Seconds in which an example should be read and pass so many multiply-accumulates here."""
    return max(products / _speed(workspace, task), KINDS[task].seconds / system.cpu_count())


def _speed(workspace: Workspace, task: InputKind) -> float:
    measured = recall(workspace, task)
    return measured.macs_per_second if measured else _guess(task)


def _guess(task: InputKind) -> float:
    return KINDS[task].guess * system.cpu_count()


def _training_speed(workspace: Workspace, task: InputKind) -> float:
    """Until blocks were trained here, that of the frozen part; on a CPU no more than the guess, since the
    frozen part may have run on an engine that cannot train.
    """
    if measured := recall(workspace, task, "training"):
        return measured.macs_per_second
    other = recall(workspace, task)
    return other.macs_per_second if other and not other.device.startswith("CPU") else _guess(task)


def training_macs(config: RunConfig, examples: int) -> float:
    """Multiply-accumulates of an epoch in which the unfrozen blocks train on so many examples."""
    backbone = catalogue.get(config.backbone)
    first = catalogue.trainable_from(backbone, config.unfreeze)
    size = catalogue.input_size(backbone, config.input_size)
    return TRAINING_MACS * examples * macs(backbone, backbone.blocks[first:], size)


def frozen_macs(config: RunConfig) -> float:
    """Multiply-accumulates of the frozen part for one example."""
    backbone = catalogue.get(config.backbone)
    first = catalogue.trainable_from(backbone, config.unfreeze)
    return macs(backbone, backbone.blocks[:first], catalogue.input_size(backbone, config.input_size))


def remember(workspace: Workspace, task: InputKind, speed: MachineSpeed, doing: Doing = "answering") -> None:
    """Keep a measured speed for later plans: convolutions and transformers do not run at the same."""
    system.write_atomic(_speed_file(workspace, task, doing), msgspec.json.encode(speed))


def _speed_file(workspace: Workspace, task: InputKind, doing: Doing) -> Path:
    return workspace.shared.cache / f"speed-{task}{'-training' if doing == 'training' else ''}.json"


def recall(workspace: Workspace, task: InputKind, doing: Doing = "answering") -> MachineSpeed | None:
    """The speed that was measured last, or None."""
    return _SPEED.read_or(_speed_file(workspace, task, doing), None)
