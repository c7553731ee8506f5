"""The model work of segmentation, with the functions of `tasks.Stages`: from pictures to pixels."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from tlcore.backbones.catalogue import catalogue
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example
from tlcore.download import OnProgress
from tlcore.graft.inputs.dense_rows import SegmentationRows
from tlcore.graft.inputs.dense_rows import read as read
from tlcore.graft.inputs.dense_rows import row_loader as row_loader
from tlcore.graft.inputs.images import blank_input as blank_input
from tlcore.graft.inputs.images import build_ahead as build_ahead
from tlcore.graft.inputs.images import compile_model as compile_model
from tlcore.graft.inputs.protocol import Inputs
from tlcore.graft.network.build import Graft
from tlcore.graft.network.dense import build as build_dense
from tlcore.graft.network.dense.segmenter import add_chances, add_segmenter

AT_ONCE = 8


def inputs(
    dataset: Dataset, examples: Sequence[Example], config: RunConfig, on_progress: OnProgress | None = None
) -> SegmentationRows:
    """The pictures of `examples`, letter-boxed, with their class maps.

    Raises:
        BackboneError: unknown backbone or input size.
    """
    size = catalogue.input_size(catalogue.get(config.backbone), config.input_size)
    return SegmentationRows(dataset, examples, size, config.augmentation)


def build(
    config: RunConfig,
    classes: int,
    inputs: Inputs,
    on_progress: OnProgress | None = None,
    pretrained: bool = True,
) -> Graft:
    """As `network/dense/build.py`, for pixels."""
    return build_dense.build(
        config, classes, inputs.size, add_segmenter, _add_chances, on_progress, pretrained
    )


def _add_chances(raw: keras.KerasTensor, size: int) -> keras.KerasTensor:
    return add_chances(raw)
