"""The model for ONNX Runtime; its numbers in full, or as 8-bit ones by ONNX Runtime's own quantization."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from tf2onnx.handler import tf_op

from tlcore.export.formats.formats import Format
from tlcore.export.writers import CalibrationInputs


def write(model: keras.Model, format: Format, target: Path, calibration: CalibrationInputs) -> None:
    blank = [
        np.zeros((1, *(side or 2 for side in tensor.shape[1:])), tensor.dtype)  # of texts the length is open
        for tensor in model.inputs
    ]
    model(blank if len(blank) > 1 else blank[0], training=False)  # Keras exports what was asked once
    if format.id == "onnx":
        model.export(target, format="onnx", verbose=False)
        return
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        full = Path(folder) / "full.onnx"
        model.export(full, format="onnx", verbose=False)
        quantize_static(
            full,
            target,
            _Pictures(onnx.load(full).graph.input[0].name, calibration),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,  # 7 bits: with 8, sums overflow on processors without VNNI
        )


@tf_op("Erfc")
class _Erfc:
    """1 − erf, which TensorFlow computes a GELU with and tf2onnx does not know. Found by its name there."""

    @classmethod
    def version_9(cls, graph: Any, node: Any, **_: Any) -> None:
        shapes, dtypes = node.output_shapes, node.output_dtypes
        one = graph.make_const(f"{node.name}_one", np.array(1, np.float32)).output[0]
        (target,) = node.output
        graph.remove_node(node.name)
        erf = graph.make_node("Erf", node.input, shapes=shapes, dtypes=dtypes).output[0]
        graph.make_node("Sub", [one, erf], outputs=[target], shapes=shapes, dtypes=dtypes)


class _Pictures(CalibrationDataReader):  # type: ignore[misc]
    """The pictures, as the quantization wants them."""

    def __init__(self, name: str, calibration: CalibrationInputs) -> None:
        self._name, self._pictures = name, iter(calibration())

    def get_next(self) -> Any:
        picture = next(self._pictures, None)
        return None if picture is None else {self._name: picture}
