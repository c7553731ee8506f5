"""Loads a backbone that came in a `.keras` file, from the copy that Graft made of it."""

from __future__ import annotations

from typing import Any

import keras

from tlcore.backbones.catalogue.entry import Backbone
from tlcore.errors import BackboneError


def load(entry: Backbone, pretrained: bool) -> keras.Model:
    """The network from uint8 pictures (n, S, S, 3) to features (n, width).

    Args:
        pretrained: False for random weights; the numbers by which it scales pictures stay.

    Raises:
        BackboneError: its file is gone or damaged.
    """
    try:
        model = keras.models.load_model(entry.weights_file, compile=False, safe_mode=True)
    except (OSError, ValueError, TypeError, KeyError) as error:
        remedy = "Bring the model's `.keras` file again."
        raise BackboneError(
            "The file of the backbone cannot be read.", received=error, remedy=remedy
        ) from error
    return model if pretrained else keras.models.clone_model(model, clone_function=_with_random_weights)


def _with_random_weights(layer: Any) -> Any:
    return (
        layer
        if isinstance(layer, keras.layers.Normalization)
        else layer.__class__.from_config(layer.get_config())
    )
