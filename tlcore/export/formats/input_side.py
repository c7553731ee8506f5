"""The side of the square that a finished model of pictures takes. No TensorFlow.

Of a backbone that is not in the catalogue the model's own file says it: the folder may be gone, or hold
another one by now.
"""

from __future__ import annotations

from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.entry import FILE_PREFIX, FOLDER_PREFIX
from tlcore.errors import RunError
from tlcore.export.hand_on import keras_file
from tlcore.runs.run import Run


def input_side(run: Run) -> int:
    """Pixels.

    Raises:
        RunError: the model's file cannot be read.
    """
    config = run.config()
    if not config.backbone.startswith((FOLDER_PREFIX, FILE_PREFIX)):
        return catalogue.input_size(catalogue.get(config.backbone), config.input_size)
    network = keras_file.read(run.model)
    try:
        layers = (layer for layer in network["config"]["layers"] if layer["class_name"] == "InputLayer")
        return int(next(layers)["config"]["batch_shape"][1])
    except (KeyError, TypeError, ValueError, IndexError, StopIteration) as error:
        raise RunError("The model file does not say which pictures it takes.", received=run.id) from error
