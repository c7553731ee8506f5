"""The model as TensorFlow keeps it, with one signature: any number of examples in, their chances out."""

from __future__ import annotations

from pathlib import Path

import keras

from tlcore.export.formats.formats import Format
from tlcore.export.writers import CalibrationInputs


def write(model: keras.Model, format: Format, target: Path, calibration: CalibrationInputs) -> None:
    model.export(target, format="tf_saved_model", verbose=False)
