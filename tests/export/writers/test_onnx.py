"""ONNX files of what tf2onnx alone cannot write."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import onnxruntime

from tlcore.export.formats.formats import FORMATS
from tlcore.export.writers import onnx


def test_an_exact_gelu_answers_the_same(tmp_path: Path) -> None:
    """As ConvNeXt and the vision transformers have it."""
    picture = keras.Input((4, 4, 3), dtype="uint8")
    x = keras.layers.Rescaling(1 / 50, -2.0)(picture)
    model = keras.Model(picture, keras.layers.Dense(5, "gelu")(keras.layers.Flatten()(x)))
    onnx.write(model, FORMATS["onnx"], tmp_path / "model.onnx", lambda: iter(()))
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    pictures = np.random.default_rng(0).integers(0, 256, (3, 4, 4, 3), dtype=np.uint8)
    (found,) = session.run(None, {session.get_inputs()[0].name: pictures})
    np.testing.assert_allclose(found, model(pictures), atol=1e-5)
