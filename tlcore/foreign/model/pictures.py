"""The pictures that a model from elsewhere is tried on: of a data set, or those that somebody has dropped."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tlcore import system
from tlcore.config import Fit
from tlcore.data.dataset import Dataset
from tlcore.data.images import decode
from tlcore.data.manifest import Manifest
from tlcore.errors import DataError
from tlcore.evaluate.sampling import sample_evenly
from tlcore.foreign.trial import MOST

FIT: Fit = "stretch"
FOLDER = "pictures"  # in the candidate's folder: those that were dropped


@dataclass(frozen=True)
class TrialPicture:
    """A picture, with its true class; "": nobody said."""

    path: Path
    name: str
    label: str = ""


def of_dataset(dataset: Dataset, version: int, labels: tuple[str, ...]) -> list[TrialPicture]:
    """Pictures of a data set whose classes are the labels, as many of each class as possible.

    Raises:
        DataError: its classes are others, or it is gone.
    """
    manifest = dataset.read(version)
    check_classes(manifest, labels)
    examples = [one for one in manifest.examples if dataset.file(one.sha256).is_file()]
    numbers = np.array([labels.index(one.label) for one in examples])
    rows = sample_evenly(numbers, MOST, 0)
    return [
        TrialPicture(dataset.file(examples[row].sha256), examples[row].name, examples[row].label)
        for row in rows
    ]


def check_classes(manifest: Manifest, labels: tuple[str, ...]) -> None:
    """Refuse a data set for whose classes the model has no labels.

    Raises:
        DataError: so it is.
    """
    if manifest.task != "images":
        raise DataError("The model names the class of a picture.", received=manifest.name)
    if set(manifest.classes) != set(labels):
        raise DataError(
            "This data set has other classes than the model.",
            received=", ".join(manifest.classes[:20]),
            remedy="Give the labels that the data set has, or choose another one.",
        )


def dropped(folder: Path) -> list[TrialPicture]:
    """The pictures in the candidate's folder.

    Raises:
        DataError: there are none.
    """
    paths = sorted((folder / FOLDER).glob("*"))[:MOST]
    if not paths:
        raise DataError(
            "There are no pictures to try the model on.", remedy="Choose a data set, or drop some."
        )
    return [TrialPicture(path, path.name) for path in paths]


def decoded(pictures: Sequence[TrialPicture], size: int) -> np.ndarray:
    """The pictures as uint8 (n, size, size, 3).

    Raises:
        PictureError: one cannot be read.
    """
    with ThreadPoolExecutor(system.cpu_count()) as pool:
        return np.stack(list(pool.map(lambda one: decode.decode(one.path, size, FIT), pictures)))
