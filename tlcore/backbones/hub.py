"""Presets of KerasHub: weights that lie at Kaggle, downloaded into the weights folder on first use.

Loaders of pictures and of texts make KerasHub's networks with it. No Keras here: they bring what makes one.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar
from unittest import mock

from tlcore import system
from tlcore.backbones.weights import weights
from tlcore.backbones.weights.files import OFFLINE
from tlcore.download import OnProgress
from tlcore.errors import WeightsError

SUBFOLDER = "kaggle"  # of the weights folder
T = TypeVar("T")


class Preset(NamedTuple):
    """A backbone's name for people, KerasHub's name for its weights, and their bytes."""

    title: str
    name: str
    size: int


def weights_file(handle: str) -> str:
    """The path where kagglehub puts the weights of a preset, below the weights folder."""
    return f"{SUBFOLDER}/models/{handle.removeprefix('kaggle://')}/model.weights.h5"


def from_preset(preset: Preset, make: Callable[[str], T], on_progress: OnProgress | None) -> T:
    """Call `make` with the name of a preset, downloading it where it is not there.

    Raises:
        WeightsError: it cannot be downloaded.
    """
    if on_progress:
        on_progress(preset.title, 0, preset.size)
    try:
        with _kaggle_folder(), _alone():
            made = make(preset.name)
    except Exception as error:  # no network is an OSError, an answer of Kaggle's a ValueError or its own
        if not isinstance(error, OSError | ValueError) and not type(error).__module__.startswith("kagglehub"):
            raise
        raise WeightsError(
            f"{preset.title} could not be downloaded from Kaggle.",
            received=preset.name,
            remedy=f"Check the internet connection. {OFFLINE}",
        ) from error
    if on_progress:
        on_progress(preset.title, preset.size, preset.size)
    return made


@contextlib.contextmanager
def _kaggle_folder() -> Iterator[None]:
    """Downloads go to the weights folder, not to the home directory."""
    with mock.patch.dict(os.environ, KAGGLEHUB_CACHE=str(weights.folder() / SUBFOLDER)):
        yield


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One download at a time: a second one would go on with the first one's file."""
    with contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):  # a folder that cannot be written: then all is there, or nothing
            held.enter_context(system.file_lock(weights.folder() / ".kaggle.lock"))
        yield
