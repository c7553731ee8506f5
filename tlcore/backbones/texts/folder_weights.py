"""Weights of a text backbone in a folder of one's own, for KerasHub's network. Imports KerasHub.

KerasHub's converters know which tensor goes where, and ask for them by the names of a model with a head. Here
they are found without that prefix, too, and read as `folder_files.py` checks them; those of a preset of
keras-hub by the same names.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras_hub.src.utils.transformers import (
    convert_bert,
    convert_distilbert,
    convert_roberta,
    convert_xlm_roberta,
)

from tlcore.backbones.catalogue import local_folder
from tlcore.backbones.catalogue.text_facts import PublishedText
from tlcore.backbones.folders import local_folder_checks

CONVERTERS = {
    "Bert": convert_bert,
    "DistilBert": convert_distilbert,
    "Roberta": convert_roberta,
    "XLMRoberta": convert_xlm_roberta,
}
PREFIXES = ("bert.", "distilbert.", "roberta.")  # of the names that the converters ask for
Hook = Callable[[np.ndarray, list[int]], np.ndarray]


def load(backbone: keras.Model, entry: PublishedText) -> None:
    """Fill `backbone`, built from `entry`, with the weights of its folder.

    Raises:
        BackboneError: some are not finite numbers.
    """
    tensors = _Tensors(Path(entry.preset))
    CONVERTERS[entry.kind].convert_weights(backbone, tensors, {})
    if entry.kind == "Roberta":
        # All tokens are of the first segment; KerasHub's network has none, and its converter forgets it.
        first = tensors.get_tensor(local_folder_checks.SEGMENTS)[:1]
        places: Any = backbone.embeddings.position_embedding.position_embeddings
        places.assign_add(np.broadcast_to(first, places.shape))


class _Tensors:
    """The tensors of a folder, as KerasHub's converters ask for them."""

    def __init__(self, folder: Path) -> None:
        self.read = local_folder.reader(folder)

    def get_tensor(self, name: str) -> np.ndarray:
        for prefix in PREFIXES:
            name = name.removeprefix(prefix)
        return self.read(name)

    def port_weight(self, keras_variable: Any, hf_weight_key: str, hook_fn: Hook | None = None) -> None:
        numbers = self.get_tensor(hf_weight_key)
        keras_variable.assign(hook_fn(numbers, list(keras_variable.shape)) if hook_fn else numbers)
