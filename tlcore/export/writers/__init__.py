"""Writing a finished model in each format. Each writer knows its library and nothing of runs or proofs."""

from __future__ import annotations

from tlcore.backbones import keras_start as keras_start  # isort: skip  (before Keras)
import importlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import cast

import keras
import numpy as np

from tlcore.export.formats.formats import Format, RuntimeName

# One by one, (1, …): training examples that show what numbers occur inside the network.
CalibrationInputs = Callable[[], Iterable[np.ndarray]]
FormatWriter = Callable[[keras.Model, Format, Path, CalibrationInputs], None]
MODULES: dict[RuntimeName, str] = {
    "keras": "tlcore.export.writers.keras_file",
    "saved_model": "tlcore.export.writers.saved_model",
    "litert": "tlcore.export.writers.litert",
    "onnx": "tlcore.export.writers.onnx",
    "web": "tlcore.export.writers.web",
}


def write(model: keras.Model, format: Format, target: Path, calibration: CalibrationInputs) -> None:
    """Write the model to `target`, which does not exist; the tokenizer of one that takes ids lies beside it.

    Raises:
        Exception: of many kinds; not every network can be written in every format.
    """
    if format.runtime != "keras":
        model = single_output(model)
    if format.takes_ids and model.inputs[0].dtype == "string":
        from tlcore.export.writers.token_model import without_tokenizer  # it loads KerasHub

        model, calibration = without_tokenizer(model, format, target.parent, calibration)
    writer = cast(FormatWriter, importlib.import_module(MODULES[format.runtime]).write)
    writer(model, format, target, calibration)


def single_output(model: keras.Model) -> keras.Model:
    """The model with one output: a detector's three become (n, 100, 6), as `LoadedModel.numbers` has them."""
    if not isinstance(model.output, dict):
        return model
    # Layers, since the names of bare operations may be taken.
    columns = [keras.layers.Reshape((-1, 1), name=f"column_of_{name}") for name in ("scores", "classes")]
    boxes, scores, classes = (model.output[name] for name in ("boxes", "scores", "classes"))
    parts = [boxes, columns[0](scores), columns[1](classes)]
    return keras.Model(model.inputs, keras.layers.Concatenate(name="detections")(parts))
