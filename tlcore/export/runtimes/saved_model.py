"""A SavedModel folder, opened by TensorFlow through the signature that TensorFlow Serving asks."""

from __future__ import annotations

from tlcore.backbones import keras_start as keras_start  # isort: skip  (before TensorFlow)
import importlib
from pathlib import Path

import numpy as np
import tensorflow as tf

from tlcore.export.runtimes import ExportedModel


def open_file(folder: Path) -> ExportedModel:
    if b"Tokenize" in (folder / "saved_model.pb").read_bytes():
        importlib.import_module("tensorflow_text")  # its operations are known once it is imported
    loaded = tf.saved_model.load(str(folder))  # kept: the signature lives as long as it does
    ask = loaded.signatures["serving_default"]
    (name,) = ask.structured_input_signature[1]

    def answer(inputs: np.ndarray, kept: object = loaded) -> np.ndarray:
        (chances,) = ask(**{name: tf.constant(inputs)}).values()
        return np.asarray(chances)

    return answer
