"""Programs that open an exported file: each format's own runtime, in a process that holds nothing else.

A runtime gives a function from the inputs of a model, (1, …), to its answers in one array, (1, …), as
`LoadedModel.numbers` has them. The table is by name, since a process loads the one that it needs.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np

from tlcore.export.formats.formats import RuntimeName

ExportedModel = Callable[..., np.ndarray]  # one array; two where the logits of terms come beside ids
MODULES: dict[RuntimeName, str] = {
    "keras": "tlcore.export.runtimes.keras_file",
    "saved_model": "tlcore.export.runtimes.saved_model",
    "litert": "tlcore.export.runtimes.litert",
    "onnx": "tlcore.export.runtimes.onnx",
    "web": "tlcore.export.runtimes.web",
}


def open_model(runtime: RuntimeName, file: Path) -> ExportedModel:
    """The model in the file, ready to answer.

    Raises:
        Exception: of many kinds; the file is none of this runtime's.
    """
    return cast(ExportedModel, importlib.import_module(MODULES[runtime]).open_file(file))
