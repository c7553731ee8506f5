"""Costs of examples in each phase of training: multiplications, seconds, bytes on disk and in memory.

The arithmetic behind `plan.py`, from the catalogue alone; what is counted in the data and what was measured
on this machine come in as numbers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tlcore import system
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.entry import Backbone, Block
from tlcore.config import PhaseName, RunConfig
from tlcore.config.task import InputKind
from tlcore.data.examples.summary import columns_of
from tlcore.data.manifest import Manifest
from tlcore.evaluate.folds import FOLDS

GUESSED_SPEED = 17e9  # multiply-accumulates a second and core with convolutions
VIEW_SECONDS = 50e-9  # per pixel and core to make an augmented view of a decoded picture, 2.5 ms at 224 × 224
STEP_SECONDS = 0.0008  # overhead of one training step of a small head ...
EPOCH_SECONDS = 0.02  # ... and of one epoch, its checkpoint included
# Beside the head, copies of it learn without a fold of the examples each: what each of their parameters adds
# to a step of all, beside `STEP_SECONDS` ...
FOLD_STEP_SECONDS = 8e-9
FOLD_COPIES = 4  # ... of their weights: gradients and two moments besides
FOLD_START_SECONDS = 0.6  # building and compiling them
# Training costs about three times the arithmetic of answering: forward, and two products backward.
TRAINING_MACS = 3
BYTES_PER_TOKEN = 4.5
# Memory, fitted to the peak resident memory of trainings that were watched: EfficientNet-Lite0 on flowers5
# with 0, 2, 8 and all blocks, MiniLM with 0, 2 and all layers and texts of 40, 128 and 256 tokens.
START_MEMORY = 1_200_000_000  # TensorFlow, its libraries, compiled steps, reading the examples
MODEL_COPIES = 2  # of all weights: the model, and the saved file loaded again to compare
# ... and of those that train: gradients, two moments, the best epoch, the beginning, the checkpoint written.
TRAINING_COPIES = 11
# Of the numbers that trained blocks give, the share that a step needs on its way back: measured in steps of
# whole backbones with 4 and 16 pictures. What is computed from a batch norm or a ReLU needs little kept.
HELD = {
    **dict.fromkeys(("EfficientNet", "EfficientNetV2", "EfficientNet, new recipe"), 0.7),
    **dict.fromkeys(("MobileNetV3", "MobileNetV3, new recipe"), 0.75),
    **dict.fromkeys(("DINOv2", "DeiT", "ViT", "SigLIP 2", "CLIP"), 1.7),
    "DINOv3": 0.8,
    "Swin": 0.75,
    "ConvNeXt": 2.0,
    "VGG": 1.05,
    "Xception": 0.7,
}
PASSING_BATCH = 32  # examples that pass the frozen part at a time
PASSING_SHARE = 0.6  # of the numbers of its largest block, those that are there at once
PASSING_MOST = 90  # ... but no more for each pixel: what the catalogue calls a block may be a whole stage


@dataclass(frozen=True)
class ExampleCost:
    """Costs of an example of a task, apart from the network.

    `guess`: multiply-accumulates a second and core, until a run has measured them; `seconds` to prepare one,
    per core; `size` of the input where the configuration leaves it open; bytes of one that is kept as it
    enters, by size, and of a block's output, by shape; `held` as in `HELD`, for other families.
    """

    guess: float
    seconds: float
    size: Callable[[Backbone, Manifest], int]
    raw_bytes: Callable[[int], int]
    cut_bytes: Callable[[tuple[int, ...]], int]
    held: float


def _own_size(backbone: Backbone, manifest: Manifest) -> int:
    return backbone.input_size


def _tokens(backbone: Backbone, manifest: Manifest) -> int:
    """About what training will choose: 95 of 100 texts are no longer."""
    lengths = columns_of(manifest.examples).bytes
    usual = int(0.95 * (len(lengths) - 1))
    tokens = int(np.partition(lengths, usual)[usual]) / BYTES_PER_TOKEN + 2
    return min(max(16, 8 * math.ceil(tokens / 8)), backbone.input_size)


def _map_bytes(shape: tuple[int, ...]) -> int:
    return 4 * math.prod(shape)


def _states_bytes(shape: tuple[int, ...]) -> int:
    tokens, width = shape
    return tokens * (4 * width + 1)  # a state for each token, and whether it is a real one


KINDS: dict[InputKind, ExampleCost] = {
    "images": ExampleCost(
        guess=GUESSED_SPEED,
        seconds=0.003,  # a JPEG of 500 × 375
        size=_own_size,
        raw_bytes=lambda size: 3 * size**2,
        cut_bytes=_map_bytes,
        held=0.35,
    ),
    "texts": ExampleCost(
        guess=50e9,
        seconds=0.0001,
        size=_tokens,
        raw_bytes=lambda size: 4 * size,
        cut_bytes=_states_bytes,
        held=1.0,
    ),
}


@dataclass(frozen=True)
class CostCase:
    """A configuration, the examples of each split, and the speed of this machine."""

    config: RunConfig
    backbone: Backbone
    size: int  # of the input
    classes: int
    train: int
    held: int  # for validation
    tested: int
    speed: float  # multiply-accumulates a second, of the frozen part
    training_speed: float  # of blocks that train

    @property
    def head_parameters(self) -> int:
        return head_parameters(self.backbone.features, self.config.hidden, self.classes)

    def parts(self, phase: PhaseName) -> tuple[Sequence[Block], Sequence[Block]]:
        """The blocks that are frozen in that phase, and those that train."""
        first = catalogue.trainable_from(self.backbone, 0 if phase == "head" else self.config.unfreeze)
        return self.backbone.blocks[:first], self.backbone.blocks[first:]

    def trained_parameters(self, phase: PhaseName) -> int:
        """Numbers that train, head included. Batch-norm is left out, though it learns from random weights."""
        return self.head_parameters + sum(block.trainable for block in self.parts(phase)[1])

    def seconds_once(self, phase: PhaseName) -> tuple[float, float]:
        """Until the cut tensors of that phase are kept: of the examples, and of their views."""
        if not self.config.cache:
            return 0.0, 0.0
        examples, views = self.train + self.held + self.tested, self.train * self.config.augmentation.views
        return examples * self._passing(phase), views * (self._passing(phase) + self._changing)

    def seconds_per_epoch(self, phase: PhaseName) -> float:
        """The products of the head are small beside the overhead, and left out."""
        answers = TRAINING_MACS * self.train + self.held
        steps = self.train / self.config.recipe(phase).batch_size
        tail = macs(self.backbone, self.parts(phase)[1], self.size)
        seconds = answers * tail / self.training_speed + STEP_SECONDS * steps + EPOCH_SECONDS
        if self.config.cache:
            return seconds
        # Each epoch draws one of the views and the example as it is, all equally likely.
        share = self.config.augmentation.views / (self.config.augmentation.views + 1)
        return seconds + (self.train + self.held) * self._passing(phase) + self.train * self._changing * share

    @property
    def seconds_out_of_fold(self) -> float:
        """For heads that leave out a fold each, side by side: in as many steps as one of them alone needs."""
        seen, training = self.train + self.held, self.config.training
        steps = seen * (1 - 1 / FOLDS) / training.batch_size
        step = STEP_SECONDS + FOLD_STEP_SECONDS * self.head_parameters
        seconds = FOLD_START_SECONDS + training.epochs * (steps * step + EPOCH_SECONDS)
        if self.config.cache:
            return seconds
        views = self.train * self.config.augmentation.views
        return seconds + seen * self._passing("head") + views * (self._passing("head") + self._changing)

    def _passing(self, phase: PhaseName) -> float:
        """Seconds for an example to be read and to pass the frozen part: whichever is slower."""
        reading = KINDS[self.backbone.task].seconds / system.cpu_count()
        return max(reading, macs(self.backbone, self.parts(phase)[0], self.size) / self.speed)

    @property
    def _changing(self) -> float:
        """Seconds to make a view of an example, on top: the speed was measured with reading in it."""
        return VIEW_SECONDS * self.size**2 / system.cpu_count()

    def cut_bytes(self, phase: PhaseName) -> int:
        """Bytes kept for each example: pooled features, a block's output, or the example itself."""
        frozen = self.parts(phase)[0]
        if phase == "head":
            return 4 * self.backbone.features
        kind = KINDS[self.backbone.task]
        if not frozen:
            return kind.raw_bytes(self.size)
        return kind.cut_bytes(catalogue.shape_at(self.backbone, frozen[-1], self.size))

    def kept_bytes(self, phase: PhaseName, half: bool) -> int:
        """The same; half of it in half precision, but for examples as they are."""
        whole = self.cut_bytes(phase)
        return whole // 2 if half and (phase == "head" or self.parts(phase)[0]) else whole

    def memory_bytes(self, phase: PhaseName) -> int:
        """The most that the process holds by the end of that phase: TensorFlow, copies of the weights, and
        what the frozen part needed for a batch and training for a step. What was freed is not given back to
        the system, so it adds up.
        """
        frozen = map(self._activations, self.parts(self.config.phases[0])[0])  # never more than at first
        trained = map(self._activations, self.parts(phase)[1])
        largest = min(PASSING_SHARE * max(frozen, default=0.0), PASSING_MOST * self.size**2)
        passing = PASSING_BATCH * largest
        held = HELD.get(self.backbone.family, KINDS[self.backbone.task].held)
        step = held * self.config.recipe(phase).batch_size * sum(trained)
        model = MODEL_COPIES * (self.backbone.params + self.head_parameters)
        learning = TRAINING_COPIES * self.trained_parameters(phase)
        if "head" in self.config.phases:
            learning += FOLD_COPIES * FOLDS * self.head_parameters
        needed = START_MEMORY + round(4 * (model + learning + passing + step))
        return max(needed, self._loading_bytes()) if self.config.pretrained else needed

    def _loading_bytes(self) -> int:
        """Of a preset of KerasHub's, which is there beside the network that it fills: it may hold more."""
        own = self.backbone
        return START_MEMORY + 4 * own.params + own.download_bytes if own.source == "keras_hub" else 0

    def _activations(self, block: Block) -> float:
        return catalogue.activations_at(self.backbone, block, self.size)


def macs(backbone: Backbone, blocks: Sequence[Block], size: int) -> float:
    """Multiply-accumulates of some blocks for one example of that size."""
    return sum(catalogue.macs_at(backbone, block, size) for block in blocks)


def head_parameters(features: int, hidden: tuple[int, ...], classes: int) -> int:
    """Weights and biases of the Dense layers on `features` pooled numbers."""
    widths = (features, *hidden, classes)
    return sum((before + 1) * after for before, after in itertools.pairwise(widths))
