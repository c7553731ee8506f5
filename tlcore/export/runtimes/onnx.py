"""An `.onnx` file, opened by ONNX Runtime on the CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from tlcore.export.runtimes import ExportedModel


def open_file(file: Path) -> ExportedModel:
    return open_model(str(file))


def open_model(model: str | bytes) -> ExportedModel:
    """The model in a file, or its bytes."""
    session: Any = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_inputs()]
    return lambda *inputs: np.asarray(session.run(None, dict(zip(names, inputs, strict=True)))[0])
