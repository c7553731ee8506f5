"""A `.tflite` file, opened by LiteRT."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from tlcore import system
from tlcore.export.runtimes import ExportedModel


def open_file(file: Path) -> ExportedModel:
    with system.stderr_to():  # XNNPACK writes to it
        interpreter = Interpreter(str(file), num_threads=system.cpu_count())
        interpreter.allocate_tensors()
    (first,), (last,) = interpreter.get_input_details(), interpreter.get_output_details()

    def answer(inputs: np.ndarray) -> np.ndarray:
        interpreter.set_tensor(first["index"], inputs)
        interpreter.invoke()
        return np.asarray(interpreter.get_tensor(last["index"]))

    return answer
