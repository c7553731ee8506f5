"""The model for LiteRT, one picture at a time; its numbers in full, halved, or as 8-bit ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from tlcore.export.formats.formats import Format
from tlcore.export.writers import CalibrationInputs
from tlcore.graft.engines.litert import constant_graph


def write(model: keras.Model, format: Format, target: Path, calibration: CalibrationInputs) -> None:
    # The file gets its signature by way of a SavedModel; with the model there, that would save and read all
    # variables, which the graph no longer has, and take five times as long.
    converter = tf.lite.TFLiteConverter.from_concrete_functions([constant_graph(model)], tf.Module())
    if format.id != "litert":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if format.id == "litert-float16":
        converter.target_spec.supported_types = [tf.float16]
    if format.id == "litert-int8":
        converter.representative_dataset = lambda: _listed(calibration)
    target.write_bytes(converter.convert())


def _listed(calibration: CalibrationInputs) -> Any:
    """As the converter wants them: the inputs of the model, in a list."""
    return ([picture] for picture in calibration())
