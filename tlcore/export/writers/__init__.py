"""Writing a finished model in each format. Each writer knows its library and nothing of runs or proofs."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import cast

import keras
import numpy as np

from tlcore.export.formats.formats import Format, RuntimeName

# One by one, (1, …): training pictures that show what numbers occur inside the network.
CalibrationPictures = Callable[[], Iterable[np.ndarray]]
FormatWriter = Callable[[keras.Model, Format, Path, CalibrationPictures], None]
MODULES: dict[RuntimeName, str] = {
    "keras": "tlcore.export.writers.keras_file",
    "saved_model": "tlcore.export.writers.saved_model",
    "litert": "tlcore.export.writers.litert",
    "onnx": "tlcore.export.writers.onnx",
}


def write(model: keras.Model, format: Format, target: Path, calibration: CalibrationPictures) -> None:
    """Write the model to `target`, which does not exist.

    Raises:
        Exception: of many kinds; not every network can be written in every format.
    """
    cast(FormatWriter, importlib.import_module(MODULES[format.runtime]).write)(
        model, format, target, calibration
    )
