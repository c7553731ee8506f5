"""A stranger's `.keras` file, and the clean copy of it that Keras is given. No TensorFlow.

The structure may name only layers and operations that calculate (`hand_on/keras_file.py`), a few more than
those of Graft's own models. Into the copy goes nothing but the network and its weights: how it was compiled,
and what regularised it, has no part in its answers, and half precision is made whole.
"""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

import msgspec

from tlcore.data.files.archives import BROKEN
from tlcore.errors import GraftError, RunError
from tlcore.export.hand_on import keras_file
from tlcore.export.hand_on.keras_file import ALLOWED, CONFIG, WEIGHTS
from tlcore.workspace import Workspace

SUFFIX = ".keras"
LARGEST_FILE = 4_000_000_000  # bytes
RANDOM = (
    "RandomFlip RandomRotation RandomZoom RandomTranslation RandomContrast RandomBrightness RandomHue "
    "RandomSaturation RandomSharpness RandomShear RandomErasing RandomGrayscale RandomColorJitter "
    "RandomColorDegeneration RandomGaussianBlur RandomPerspective RandomInvert RandomPosterization"
)
_MORE: dict[str | None, str] = {
    "keras": "Sequential Functional",
    "keras.layers": f"{RANDOM} Resizing CenterCrop GroupNormalization ELU AlphaDropout GaussianDropout "
    "ActivityRegularization",
    "keras.initializers": "Orthogonal Identity",
    "keras.src.models.sequential": "Sequential",
    "keras.src.ops.nn": "Elu HardSigmoid HardSilu LeakyRelu Relu6 Selu AveragePool MaxPool",
}
PARTS = ALLOWED | {
    module: frozenset(names.split()) | ALLOWED.get(module, frozenset()) for module, names in _MORE.items()
}
PARTS["keras.layers"] -= {keras_file.COUNTER}  # they are classifiers of pictures
REMEDY = (
    'Graft opens classifiers of pictures made of Keras\'s own layers, saved with `model.save("name.keras")`.'
)
_SHED = ("compile_config", "metrics", "loss", "optimizer")
_SHED_ENDINGS = ("_regularizer", "_constraint")


def copy_clean(source: Path, target: Path) -> None:
    """Write a clean copy of `source`, a file that holds a network, to `target`.

    Raises:
        RunError: it asks for more than to calculate, is no such file, or is damaged; says why.
        WorkspaceError: the disk has no room for it.
    """
    try:
        if source.stat().st_size > LARGEST_FILE:
            raise RunError("This model is not opened. Its file is too large.", received=source.stat().st_size)
        network = _shed(keras_file.read(source))
        keras_file.check_network(network, PARTS, ("Functional", "Sequential"))
        Workspace().check_room(source.stat().st_size, target.parent)
        with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w") as copy:
            copy.writestr("metadata.json", "{}")
            copy.writestr(CONFIG, msgspec.json.encode(network))
            with archive.open(WEIGHTS) as weights, copy.open(WEIGHTS, "w", force_zip64=True) as file:
                shutil.copyfileobj(weights, file)
    except (*BROKEN, NotImplementedError, RuntimeError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        said = str(error).rstrip(".")  # the sentence goes on
        raise RunError("This model is not opened. Its file is damaged.", received=said) from error
    except GraftError as error:
        if isinstance(error, RunError):
            error.remedy = REMEDY
            if (error.received or "").startswith("assets/"):
                error.what = "This model is not opened. It has a vocabulary, so it reads texts."
        raise


def _shed(network: dict[str, Any]) -> dict[str, Any]:
    """The network without what plays no part in its answers. Changed in place, however deep."""
    for part in keras_file.dictionaries(network):
        for key in [key for key in part if key in _SHED or key.endswith(_SHED_ENDINGS)]:
            part[key] = None
        if part.get("class_name") == "DTypePolicy":
            part["config"] = {"name": "float32"}
        if part.get("dtype") in ("mixed_float16", "mixed_bfloat16", "float16", "bfloat16"):
            part["dtype"] = "float32"
    return network
