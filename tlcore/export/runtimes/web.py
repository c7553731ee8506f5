"""The ONNX model inside a page to take home, opened by ONNX Runtime: the app brings no browser."""

from __future__ import annotations

from pathlib import Path

from tlcore.export.runtimes import ExportedModel, onnx
from tlcore.export.web import page


def open_file(file: Path) -> ExportedModel:
    return onnx.open_model(page.model_in(file.read_bytes()))
