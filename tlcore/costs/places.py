"""Costs of models that say where things are: their cut is three maps, and their head a pyramid on them.

Where `cost_case.py` counts pooled features and Dense layers, this counts cells of maps and convolutions.
"""

from __future__ import annotations

from dataclasses import dataclass

from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.catalogue import STRIDES
from tlcore.config import PhaseName
from tlcore.costs.cost_case import EPOCH_SECONDS, TRAINING_MACS, CostCase
from tlcore.data.manifest import Task

SEPARABLE: dict[Task, int] = {"detection": 10, "segmentation": 3}  # convolutions of the pyramid and head
KERNEL = 25  # numbers of a depthwise kernel
BYTES = 2  # of a number of a map, as it is kept
# A map has at most so many times the channels of the one before: `network/dense/maps.py` takes the last one
# before it is widened for pooling, and the catalogue knows it widened only.
WIDENING = 4
# A head of many small convolutions runs at this share of the speed of a backbone: bccd_det at 512 pixels.
HEAD_SPEED = 0.5
SCORING_SECONDS = 0.03  # for each picture of validation, in each epoch
HELD_MAPS = 60  # maps of the pyramid's width that a training step holds at once, forwards and backwards


@dataclass(frozen=True)
class PlacesCostCase(CostCase):
    """As `CostCase`, for detection and segmentation."""

    @property
    def _maps(self) -> list[tuple[int, int, int]]:
        """For each stride the block that ends in it, its cells and its channels."""
        ends = catalogue.map_blocks(self.backbone) or {}
        found: list[tuple[int, int, int]] = []
        for stride in STRIDES:
            channels = self.backbone.blocks[ends[stride]].shape[-1]
            if found:
                channels = min(channels, WIDENING * found[-1][2])
            found.append((ends[stride], (self.size // stride) ** 2, channels))
        return found

    @property
    def _width(self) -> int:
        return self.config.hidden[0] if self.config.hidden else 96

    @property
    def _separable(self) -> int:
        return SEPARABLE[catalogue.task_of(self.config)]

    @property
    def head_parameters(self) -> int:
        width = self._width
        laterals = width * sum(channels for _, _, channels in self._maps)
        return laterals + self._separable * width * (KERNEL + width)

    def seconds_per_epoch(self, phase: PhaseName) -> float:
        width, maps = self._width, self._maps
        each = self._separable / len(maps) * width * (KERNEL + width)
        head = sum(cells * (channels * width + each) for _, cells, channels in maps)
        answers = TRAINING_MACS * self.train + self.held
        seconds = answers * head / (HEAD_SPEED * self.training_speed) + SCORING_SECONDS * self.held
        return seconds + super().seconds_per_epoch(phase) + EPOCH_SECONDS

    @property
    def seconds_out_of_fold(self) -> float:
        return 0.0

    def cut_bytes(self, phase: PhaseName) -> int:
        """The maps before the cut, and where blocks train, what enters the first of them."""
        frozen = len(self.parts(phase)[0])
        numbers = sum(cells * channels for end, cells, channels in self._maps if end < frozen)
        if phase == "head":
            return BYTES * sum(cells * channels for _, cells, channels in self._maps)
        entering = 0 if not frozen else super().cut_bytes(phase) // 4
        ends = {end for end, _, _ in self._maps}
        return BYTES * (numbers + (0 if frozen - 1 in ends else entering))

    def memory_bytes(self, phase: PhaseName) -> int:
        cells = sum(cells for _, cells, _ in self._maps)
        step = HELD_MAPS * self.config.recipe(phase).batch_size * cells * self._width
        return super().memory_bytes(phase) + 4 * step
