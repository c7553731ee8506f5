"""The side of the square that a finished model of pictures takes. No TensorFlow.

Of a backbone that is not in the catalogue the model's own file says it: the folder may be gone, or hold
another one by now.
"""

from __future__ import annotations

from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.catalogue import MOST_PIXELS
from tlcore.backbones.catalogue.entry import FILE_PREFIX, FOLDER_PREFIX
from tlcore.errors import RunError
from tlcore.export.hand_on import keras_file
from tlcore.runs.run import Run

UNSAID = "The model file does not say which pictures it takes."


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
        side = next(layers)["config"]["batch_shape"][1]
    except (KeyError, TypeError, IndexError, StopIteration) as error:
        raise RunError(UNSAID, received=run.id) from error
    if type(side) is not int or not 1 <= side <= MOST_PIXELS:  # the file may be a stranger's
        raise RunError(UNSAID, received=f"{run.id}: {side}"[:100])
    return side
