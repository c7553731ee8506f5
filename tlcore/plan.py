"""What a configuration will cost, before anything is computed: parameters, seconds and disk.

Reads the catalogue and the speed that earlier runs measured on this machine; never TensorFlow. The Model
page, and whatever else asks "what would this take", read it from here.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tlcore import system
from tlcore.backbones import catalogue
from tlcore.config import RunConfig
from tlcore.data.manifest import Manifest, Task
from tlcore.data.splits import assign
from tlcore.workspace import Workspace

GUESSED_SPEED = 17e9  # multiply-accumulates a second and core, until a run has measured this machine
VIEW_SECONDS = 50e-9  # per pixel and core to make an augmented view of a decoded picture, 2.5 ms at 224 × 224
STEP_SECONDS = 0.0008  # overhead of one training step of a small head
START_SECONDS = 14.0  # TensorFlow, the backbone, saving and checking the model
SMALL_VALIDATION = 100  # examples; below, one split's accuracy says little and folds are used besides
FOLDS = 5


@dataclass(frozen=True)
class Kind:
    """What an example of a task costs, apart from the network.

    `seconds` to prepare one, per core; `size` of the input where the configuration leaves it open; `bytes` of
    one that is kept as it enters, and of a block's output of that shape at that size instead of its own.
    """

    seconds: float
    size: Callable[[catalogue.Backbone, Manifest], int]
    raw_bytes: Callable[[int], int]
    cut_bytes: Callable[[catalogue.Backbone, tuple[int, ...], int], int]


def _own_size(backbone: catalogue.Backbone, manifest: Manifest) -> int:
    return backbone.input_size


def _tokens(backbone: catalogue.Backbone, manifest: Manifest) -> int:
    """About what training will choose: 95 of 100 texts are no longer."""
    lengths = sorted(example.bytes for example in manifest.examples)
    tokens = lengths[int(0.95 * (len(lengths) - 1))] / BYTES_PER_TOKEN + 2
    return min(max(16, 8 * math.ceil(tokens / 8)), backbone.input_size)


def _map_bytes(backbone: catalogue.Backbone, shape: tuple[int, ...], size: int) -> int:
    height, width, channels = shape
    scale = size / backbone.input_size
    return 4 * math.ceil(height * scale) * math.ceil(width * scale) * channels


def _states_bytes(backbone: catalogue.Backbone, shape: tuple[int, ...], size: int) -> int:
    return size * (4 * shape[-1] + 1)  # a state for each token, and whether it is a real one


BYTES_PER_TOKEN = 4.5
KINDS: dict[Task, Kind] = {
    "images": Kind(0.003, _own_size, lambda size: 3 * size**2, _map_bytes),  # 500 × 375 JPEG
    "texts": Kind(0.0001, _tokens, lambda size: 4 * size, _states_bytes),
}


class Plan(msgspec.Struct, frozen=True):
    """What a run will take. Seconds are estimates from `speed` (multiply-accumulates a second).

    `views_seconds` and `views_bytes` are what augmented views add, once: they are in `frozen_seconds`,
    `seconds` and `disk_bytes` already. Without a cache the views are made in each epoch, and both are 0.
    """

    input_size: int
    blocks: int
    trained_blocks: int
    backbone_parameters: int
    trained_backbone_parameters: int
    head_parameters: int
    frozen_seconds: float
    seconds_per_epoch: float
    seconds: float
    disk_bytes: int
    views_seconds: float
    views_bytes: int
    speed: float
    speed_measured: bool

    @property
    def trained_parameters(self) -> int:
        return self.trained_backbone_parameters + self.head_parameters


class Speed(msgspec.Struct):
    """`cache/speed-<task>.json`: what the last run of that task measured."""

    macs_per_second: float
    device: str


def plan(config: RunConfig, manifest: Manifest, workspace: Workspace) -> Plan:
    """The cost of `config` on the examples of `manifest`.

    Raises:
        BackboneError: the backbone is unknown or cannot do what the configuration asks.
    """
    backbone = catalogue.get(config.backbone)
    wanted = config.input_size or KINDS[backbone.task].size(backbone, manifest)
    size = catalogue.input_size(backbone, wanted)
    first = catalogue.trainable_from(backbone, config.unfreeze)
    speed = _speed(workspace, backbone.task)
    splits = assign(manifest, config.split)
    train, held, n = splits.count("train"), splits.count("validation"), len(splits)
    pictures_seconds, views_seconds, per_epoch = _seconds(config, size, speed, (train, held, n))
    views = train * config.augmentation.views  # only what is trained on has views
    kept = _cut_bytes(backbone, first, size) if config.cache else 0
    rounds = FOLDS if config.unfreeze == 0 and held < SMALL_VALIDATION else 0
    once = pictures_seconds + views_seconds
    return Plan(
        input_size=size,
        blocks=len(backbone.blocks),
        trained_blocks=len(backbone.blocks) - first,
        backbone_parameters=backbone.params,
        trained_backbone_parameters=catalogue.trainable_params(backbone, config.unfreeze),
        head_parameters=head_parameters(backbone.features, config.head.hidden, len(manifest.classes)),
        frozen_seconds=once,
        seconds_per_epoch=per_epoch,
        seconds=START_SECONDS + once + per_epoch * config.training.epochs * (1 + rounds),
        disk_bytes=(n + views) * kept,
        views_seconds=views_seconds,
        views_bytes=views * kept,
        speed=speed,
        speed_measured=recall(workspace, backbone.task) is not None,
    )


def _seconds(
    config: RunConfig, size: int, speed: float, counts: tuple[int, int, int]
) -> tuple[float, float, float]:
    """Seconds for the examples once, for their views once, and for each epoch.

    Args:
        counts: of examples to train on, to validate on, and of all.
    """
    train, held, n = counts
    backbone = catalogue.get(config.backbone)
    frozen = _macs(backbone, backbone.blocks[: catalogue.trainable_from(backbone, config.unfreeze)], size)
    tail = _macs(backbone, backbone.blocks, size) - frozen
    answer = max(KINDS[backbone.task].seconds / system.cpu_count(), frozen / speed)
    change = VIEW_SECONDS * size**2 / system.cpu_count()  # on top: the speed was measured with decoding in it
    # Training costs about three times the arithmetic of answering: forward, and two products backward.
    per_epoch = (3 * train + held) * tail / speed + STEP_SECONDS * train / config.training.batch_size
    views = config.augmentation.views
    if config.cache:
        return n * answer, train * views * (answer + change), per_epoch
    # Each epoch draws one of the views and the picture as it is, all equally likely.
    return 0.0, 0.0, per_epoch + (train + held) * answer + train * change * views / (views + 1)


def examples_per_second(backbone: catalogue.Backbone, workspace: Workspace, size: int | None = None) -> float:
    """How many examples the whole backbone should manage in a second here: of `size`, or its own for None."""
    macs = _macs(backbone, backbone.blocks, size or backbone.input_size)
    return min(_speed(workspace, backbone.task) / macs, system.cpu_count() / KINDS[backbone.task].seconds)


def _speed(workspace: Workspace, task: Task) -> float:
    measured = recall(workspace, task)
    return measured.macs_per_second if measured else GUESSED_SPEED * system.cpu_count()


def head_parameters(features: int, hidden: tuple[int, ...], classes: int) -> int:
    """Weights and biases of the Dense layers on `features` pooled numbers."""
    widths = (features, *hidden, classes)
    return sum((before + 1) * after for before, after in itertools.pairwise(widths))


def _cut_bytes(backbone: catalogue.Backbone, first: int, size: int) -> int:
    """Bytes kept per example: pooled features, a block's output, or the example itself."""
    if first == len(backbone.blocks):
        return 4 * backbone.features
    if first == 0:
        return KINDS[backbone.task].raw_bytes(size)
    return KINDS[backbone.task].cut_bytes(backbone, backbone.blocks[first - 1].shape, size)


def frozen_macs(config: RunConfig) -> float:
    """Multiply-accumulates of the frozen part for one example."""
    backbone = catalogue.get(config.backbone)
    size = catalogue.input_size(backbone, config.input_size)
    return _macs(backbone, backbone.blocks[: catalogue.trainable_from(backbone, config.unfreeze)], size)


def _macs(backbone: catalogue.Backbone, blocks: tuple[catalogue.Block, ...], size: int) -> float:
    """Multiply-accumulates of some blocks for one example of that size."""
    return sum(catalogue.macs_at(backbone, block, size) for block in blocks)


def remember(workspace: Workspace, task: Task, speed: Speed) -> None:
    """Keep a measured speed for later plans: convolutions and transformers do not run at the same."""
    system.write_atomic(_speed_file(workspace, task), msgspec.json.encode(speed))


def _speed_file(workspace: Workspace, task: Task) -> Path:
    return workspace.cache / f"speed-{task}.json"


def recall(workspace: Workspace, task: Task) -> Speed | None:
    """The speed that was measured last, or None."""
    try:
        return msgspec.json.decode(_speed_file(workspace, task).read_bytes(), type=Speed)
    except (OSError, msgspec.MsgspecError):
        return None
