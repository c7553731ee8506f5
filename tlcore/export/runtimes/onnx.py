"""An `.onnx` file, opened by ONNX Runtime on the CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from tlcore.export.runtimes import ExportedModel


def open_file(file: Path) -> ExportedModel:
    session: Any = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    (first,) = session.get_inputs()
    return lambda inputs: np.asarray(session.run(None, {first.name: inputs})[0])
