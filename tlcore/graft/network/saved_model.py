"""Finished models on disk: loaded in safe mode only, and verified to answer as in training."""

from __future__ import annotations

import itertools
import math
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tlcore.errors import RunError
from tlcore.workspace import bytes_in_words

# Keras raises these for files that are cut short, of another kind, or malicious.
UNREADABLE = (
    *(OSError, ValueError, TypeError, KeyError, AttributeError, RuntimeError, RecursionError),
    *(zipfile.BadZipFile, ImportError),  # of a module that is not there: the file may name any
)
MOST_TIMES, SMALL = 5, 20_000_000  # times its size, and bytes besides: Keras does not compress what it saves
EXAMPLES = 8  # that are compared
TOLERANCE = 1e-3  # largest difference of a probability
BOX_NUMBERS = 6  # of a detection: four edges, score and class


def load(path: Path) -> keras.Model:
    """Load a `.keras` file. Safe mode refuses files that carry code.

    Raises:
        RunError: missing, broken or carrying code.
    """
    if not path.is_file():
        raise RunError("This run has no model yet.", received=path.parent.name, remedy="Let it finish first.")
    try:
        _import_layers_of(path)
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except UNREADABLE as error:
        raise RunError("The model file cannot be loaded.", received=f"{path.name}: {error}") from error


def _import_layers_of(path: Path) -> None:
    """Import KerasHub, which takes seconds, only where the file holds its layers."""
    with zipfile.ZipFile(path) as archive:
        _check_size(path, archive)
        if b"keras_hub" in archive.read("config.json"):
            import keras_hub  # noqa: F401


def _check_size(path: Path, archive: zipfile.ZipFile) -> None:
    """Refuse a file that unpacks to far more than its size: Keras would read all of it into memory.

    Raises:
        ValueError: it does.
    """
    unpacked = sum(info.file_size for info in archive.infolist())
    if unpacked > MOST_TIMES * path.stat().st_size + SMALL:
        raise ValueError(f"it unpacks to {bytes_in_words(unpacked)}")


def rehearse(model: keras.Model) -> None:
    """Save a network, load the file and ask it once. What a process does for the first time takes it longer:
    this is for one that has nothing else to do. One example, since oneDNN keeps 80 MB for each.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network.keras"
        model.save(file)
        copy = load(file)
    shape = (1, *(side or 1 for side in model.input_shape[1:]))
    copy(np.zeros(shape, model.inputs[0].dtype), training=False)


def comparable(outputs: Any, size: int) -> tuple[np.ndarray, ...]:
    """All outputs of a model, in their order, as numbers of which a thousandth matters little.

    Those of a detector are one array (n, 100, 6): boxes, scores and classes side by side.

    Args:
        size: pixels of the picture's side: boxes are given as shares of it.
    """
    if not isinstance(outputs, dict):
        return tuple(np.asarray(output) for output in keras.tree.flatten(outputs))
    boxes, scores, classes = (np.asarray(outputs[name]) for name in ("boxes", "scores", "classes"))
    return (np.concatenate([boxes / size, scores[..., None], classes[..., None]], -1),)


def _difference(one: np.ndarray, other: np.ndarray) -> float:
    """The largest difference of a number in two outputs.

    Boxes are compared with the nearest of the others: of two that score nearly alike either may come first,
    and the last place may go to either.
    """
    if one.ndim != 3 or one.shape[-1] != BOX_NUMBERS:
        return float(np.abs(one - other).max(initial=0.0))
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        return math.inf
    apart = np.abs(one[:, :, None] - other[:, None]).max(-1)
    last = np.maximum(one[..., 4].min(-1), other[..., 4].min(-1))[:, None] + TOLERANCE
    sides = ((one, apart.min(2)), (other, apart.min(1)))
    return max(float(np.where(side[..., 4] > last, near, 0).max(initial=0)) for side, near in sides)


def verify(path: Path, inputs: np.ndarray, expected: tuple[np.ndarray, ...], size: int = 1) -> float:
    """Load the file anew and compare its answers to pictures or strings with those of training.

    Args:
        expected: as `comparable` gives them.

    Returns:
        the largest difference of a probability.

    Raises:
        RunError: it is above the tolerance; the file is deleted.
    """
    model = load(path)
    # Uncompiled, KerasHub tokenizes in Python: slower, and not as in training or in answers.
    answer = tf.function(model, autograph=False) if inputs.dtype == object else model
    answers = comparable(answer(inputs, training=False), size)
    difference = max(itertools.starmap(_difference, zip(answers, expected, strict=True)))
    if not difference <= TOLERANCE:
        path.unlink(missing_ok=True)
        raise RunError("The saved model answers differently from the trained one.", received=difference)
    return difference
