"""The model as a page to take home, around the same ONNX file as for other programs."""

from __future__ import annotations

import tempfile
from pathlib import Path

import keras

from tlcore.backbones.weights import web_runtime
from tlcore.export.formats.formats import FORMATS, Format
from tlcore.export.web import page
from tlcore.export.writers import CalibrationInputs, onnx


def write(model: keras.Model, format: Format, target: Path, calibration: CalibrationInputs) -> None:
    script, machine = web_runtime.read()
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        inside = Path(folder) / "model.onnx"
        onnx.write(model, FORMATS["onnx"], inside, calibration)
        target.write_bytes(page.build(inside.read_bytes(), script, machine))
