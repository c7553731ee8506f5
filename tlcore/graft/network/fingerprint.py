"""The fingerprint of a network: a hash over its operations, their connections, and every weight.

Two networks with the same fingerprint give the same tensors for the same picture, so they share what is in
the cache. Names do not count: Keras numbers layers anew in every process.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import keras
import numpy as np

from tlcore.backbones.graph import steps


def fingerprint(model: keras.Model | None) -> str:
    """64 hex digits; None, a network that passes its inputs on, has one too."""
    digest = hashlib.sha256()
    if model is None:
        return digest.hexdigest()
    digest.update(json.dumps(structure(model), sort_keys=True, default=_plain).encode())
    for weight in model.weights:
        values = np.ascontiguousarray(weight)
        digest.update(f"{values.dtype} {values.shape}".encode())
        digest.update(values.data.cast("B") if values.size else b"")
    return digest.hexdigest()


def structure(model: keras.Model) -> list[Any]:
    """The graph without names: for each call its operation, settings and arguments, tensors by number."""
    numbers = {id(tensor): i for i, tensor in enumerate(model.inputs)}
    calls: list[Any] = [[[tensor.dtype, list(tensor.shape)] for tensor in model.inputs]]
    for step in steps(model):
        arguments = keras.tree.map_structure(lambda value: _argument(value, numbers), list(step.arguments))
        for tensor in step.outputs:
            numbers.setdefault(id(tensor), len(numbers))
        calls.append([type(step.operation).__name__, _settings(step.operation), arguments])
    return [*calls, [numbers[id(tensor)] for tensor in model.outputs]]


def _argument(value: Any, numbers: dict[int, int]) -> Any:
    return f"tensor {numbers[id(value)]}" if isinstance(value, keras.KerasTensor) else _plain(value)


def _settings(operation: Any) -> dict[str, Any]:
    return {key: value for key, value in operation.get_config().items() if key not in ("name", "trainable")}


def _plain(value: Any) -> Any:
    """A value as JSON; never an address in memory, which differs each time."""
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if hasattr(value, "__array__"):  # NumPy's and TensorFlow's numbers
        return np.asarray(value).tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return getattr(value, "__name__", type(value).__name__)
