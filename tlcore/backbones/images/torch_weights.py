"""Puts weights in torch's layout into Keras layers, once; afterwards a `.npz` in the weights folder.

torch keeps kernels as (out, in, height, width) and dense matrices as (out, in); Keras as (height, width,
in, out) and (in, out). The converted file carries the hash of its source in its name. It holds plain arrays
in the order of the model's weights: Keras's own format takes four times as long to read.
"""

from __future__ import annotations

import contextlib
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

from tlcore import system
from tlcore.backbones.images import torch_pickle
from tlcore.backbones.weights import weights
from tlcore.errors import WeightsError

Names = dict[str, str]  # Keras layer → prefix of its entries in the torch state dict
LAYOUT = 2  # raised when the layers change their order, so that older conversions are made anew


def load(model: keras.Model, names: Names, source: Callable[[], Path], stem: str, sha256: str) -> None:
    """Fill `model` from the converted file, or from the torch file at `source()` after checking its hash.

    Raises:
        WeightsError: the source is missing, is not the published file, or does not fit the layers.
    """
    converted = weights.folder() / f"{stem}-{sha256[:12]}-v{LAYOUT}.npz"
    if converted.is_file() and _load_converted(model, converted):
        return
    path = source()
    weights.check_hash(path, sha256)
    assign(model, names, torch_pickle.read(path))
    with contextlib.suppress(OSError):  # read-only, or full: the next one converts again
        _store(model, converted)


def _store(model: keras.Model, converted: Path) -> None:
    part = converted.with_name(f".{os.getpid()}.{converted.name}")
    try:
        np.savez(part, *model.get_weights())
        system.replace(part, converted)
    finally:
        part.unlink(missing_ok=True)


def _load_converted(model: keras.Model, path: Path) -> bool:
    """Load the converted file. False: it is damaged, and must be converted anew."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            model.set_weights([arrays[f"arr_{number}"] for number in range(len(model.weights))])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return False
    return True


def assign(model: keras.Model, names: Names, state: dict[str, np.ndarray[Any, Any]]) -> None:
    """Copy every array of a torch state dict into the layer it belongs to; each must be used once.

    Raises:
        WeightsError: an entry is missing, left over or has another shape.
    """
    left = {name for name in state if not name.endswith("num_batches_tracked")}
    try:
        for layer_name, prefix in names.items():
            layer = model.get_layer(layer_name)
            entries = _entries(layer)
            layer.set_weights([_transpose(layer, state[f"{prefix}.{entry}"]) for entry in entries])
            left -= {f"{prefix}.{entry}" for entry in entries}
    except (KeyError, ValueError) as error:
        raise WeightsError(f"The weights do not fit {model.name}: {error}.") from error
    if left:
        raise WeightsError(
            f"The weights do not fit {model.name}: {len(left)} are left over.", received=sorted(left)[0]
        )


def _entries(layer: keras.Layer) -> tuple[str, ...]:
    """Torch's names of the weights of this layer, in Keras' order."""
    if isinstance(layer, layers.BatchNormalization):
        return ("weight", "bias", "running_mean", "running_var")
    return ("weight", "bias") if layer.use_bias else ("weight",)


def _transpose(layer: keras.Layer, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if array.ndim == 4:
        return array.transpose((2, 3, 0, 1) if isinstance(layer, layers.DepthwiseConv2D) else (2, 3, 1, 0))
    return array.T if array.ndim == 2 else array
