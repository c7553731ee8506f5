"""The weights of a keras-hub preset for texts in a folder, as Hugging Face names and shapes them. Light."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from tlcore.backbones.folders import local_folder_checks
from tlcore.backbones.folders.folder_files import TensorShape
from tlcore.backbones.folders.local_folder_checks import PLACES, SEGMENTS
from tlcore.backbones.folders.preset_tensors import PresetTensors
from tlcore.backbones.folders.text_config import ROBERTAS, FolderConfig


def check(folder: Path, sizes: FolderConfig) -> PresetTensors:
    """The file's list, compared with the tensors that `config.json` asks for.

    Raises:
        BackboneError: they contradict each other, or one of them cannot be read.
    """
    stored = PresetTensors(folder, sizes.model_type, sizes.num_attention_heads)
    stored.check(_stored(sizes), [local_folder_checks.beyond(sizes)], sizes.num_hidden_layers)
    return stored


def reader(folder: Path, sizes: FolderConfig) -> Callable[[str], np.ndarray]:
    """Reads a tensor by Hugging Face's name; the files are checked again, as they may have changed.

    What a RoBERTa of KerasHub's has not is nought: a segment, and the places of no token.

    Raises:
        BackboneError: as `check`.
    """
    stored, shapes = check(folder, sizes), dict(_stored(sizes))
    asked = dict(local_folder_checks.expected_tensors(sizes))

    def read(name: str) -> np.ndarray:
        if shapes.get(name) == asked[name]:
            return stored.read(name, asked[name])
        whole = np.zeros(asked[name], np.float32)
        if name in shapes:
            whole[-shapes[name][0] :] = stored.read(name, shapes[name])
        return whole

    return read


def _stored(sizes: FolderConfig) -> Iterator[tuple[str, TensorShape]]:
    """The tensors that there are."""
    for name, shape in local_folder_checks.expected_tensors(sizes):
        if sizes.model_type not in ROBERTAS or name not in (PLACES, SEGMENTS):
            yield name, shape
        elif name == PLACES:
            yield name, (sizes.longest, *shape[1:])
