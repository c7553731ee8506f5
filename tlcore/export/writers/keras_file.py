"""The model as Keras keeps it."""

from __future__ import annotations

from pathlib import Path

import keras

from tlcore.export.formats.formats import Format
from tlcore.export.writers import CalibrationInputs


def write(model: keras.Model, format: Format, target: Path, calibration: CalibrationInputs) -> None:
    model.save(target)
