"""The model work on pictures, with the functions of `tasks.Stages`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.images.loader import build_ahead as build_ahead
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.images import decode
from tlcore.data.manifest import Example
from tlcore.download import OnProgress
from tlcore.graft.inputs.image_rows import ImageRows, StoredPictures
from tlcore.graft.inputs.protocol import CPU_BATCH, Inputs
from tlcore.graft.inputs.tasks import AnswerFields, ModelFunction, RowLoader, Shape
from tlcore.graft.network import build as build_image
from tlcore.graft.network.build import Graft

AT_ONCE = CPU_BATCH


def inputs(
    dataset: Dataset, examples: Sequence[Example], config: RunConfig, on_progress: OnProgress | None = None
) -> ImageRows:
    """The pictures of `examples`, decoded to the backbone's square.

    Raises:
        BackboneError: unknown backbone or input size.
    """
    size = catalogue.input_size(catalogue.get(config.backbone), config.input_size)
    return ImageRows(StoredPictures(dataset, examples), size, config.fit, config.augmentation)


def build(
    config: RunConfig,
    classes: int,
    inputs: Inputs,
    on_progress: OnProgress | None = None,
    pretrained: bool = True,
) -> Graft:
    """As `build` in `graft/network/build.py`."""
    return build_image.build(config, classes, on_progress, pretrained)


def row_loader(dataset: Dataset, examples: Sequence[Example], config: RunConfig, shape: Shape) -> RowLoader:
    """Row numbers → pictures of the model's own size, uint8 (n, size, size, 3)."""
    return ImageRows([dataset.readable(example.sha256) for example in examples], shape[1] or 0, config.fit)


def read(path: Path, config: RunConfig, shape: Shape) -> Iterator[tuple[list[AnswerFields], np.ndarray]]:
    """The one picture in a file, uint8 (1, size, size, 3).

    Raises:
        PictureError: it cannot be read.
    """
    yield [{"path": str(path)}], decode.decode(path, shape[1] or 0, config.fit)[None]


def compile_model(model: keras.Model) -> ModelFunction:
    """The model's outputs for pictures, (n, …) each."""
    compiled = tf.function(lambda batch: model(batch, training=False), reduce_retracing=True, autograph=False)
    return lambda batch: tuple(np.asarray(output) for output in compiled(batch))


def blank_input(shape: Shape) -> np.ndarray:
    """A black picture, (1, size, size, 3)."""
    return np.zeros((1, *shape[1:]), np.uint8)  # type: ignore[arg-type]
