"""The model work of detection, with the functions of `tasks.Stages`: pictures in, boxes out."""

from __future__ import annotations

from collections.abc import Sequence

from tlcore.backbones.catalogue import catalogue
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example
from tlcore.download import OnProgress
from tlcore.graft.inputs.dense_rows import DetectionRows
from tlcore.graft.inputs.dense_rows import read as read
from tlcore.graft.inputs.dense_rows import row_loader as row_loader
from tlcore.graft.inputs.images import blank_input as blank_input
from tlcore.graft.inputs.images import build_ahead as build_ahead
from tlcore.graft.inputs.images import compile_model as compile_model
from tlcore.graft.inputs.protocol import Inputs
from tlcore.graft.network.build import Graft
from tlcore.graft.network.dense import build as build_dense
from tlcore.graft.network.dense.detector import add_detections, add_detector

AT_ONCE = 8


def inputs(
    dataset: Dataset, examples: Sequence[Example], config: RunConfig, on_progress: OnProgress | None = None
) -> DetectionRows:
    """The pictures of `examples`, letter-boxed, with their boxes.

    Raises:
        BackboneError: unknown backbone or input size.
    """
    size = catalogue.input_size(catalogue.get(config.backbone), config.input_size)
    classes = dataset.read(config.data_version).classes
    return DetectionRows(dataset, examples, size, config.augmentation, classes=classes)


def build(
    config: RunConfig,
    classes: int,
    inputs: Inputs,
    on_progress: OnProgress | None = None,
    pretrained: bool = True,
) -> Graft:
    """As `network/dense/build.py`, for boxes."""
    return build_dense.build(
        config, classes, inputs.size, add_detector, add_detections, on_progress, pretrained
    )
