"""Presets of KerasHub: weights that lie at Kaggle, downloaded into the weights folder on first use.

Loaders of pictures and of texts make KerasHub's networks with it. No Keras here: they bring what makes one.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import TypeVar
from unittest import mock

from tlcore import system
from tlcore.backbones.catalogue.entry import Backbone
from tlcore.backbones.weights import weights
from tlcore.backbones.weights.files import OFFLINE
from tlcore.download import OnProgress
from tlcore.errors import WeightsError

# Of weights whose licence is one, as the catalogue says; kagglehub reads the two variables.
AGREEMENT = "agreement"
SIGN_IN = "Where Kaggle asks for it, accept the licence there, and set KAGGLE_USERNAME and KAGGLE_KEY."
SUBFOLDER = "kaggle"  # of the weights folder
WAIT = 1.0  # seconds for another process, until it is told and Stop is heard
T = TypeVar("T")


def weights_file(handle: str) -> str:
    """The path where kagglehub puts the weights of a preset, below the weights folder."""
    return f"{SUBFOLDER}/models/{handle.removeprefix('kaggle://')}/model.weights.h5"


def from_preset(
    backbone: Backbone, preset: str, make: Callable[[str], T], on_progress: OnProgress | None
) -> T:
    """Call `make` with the name of a backbone's `preset`, downloading it where it is not there.

    Raises:
        WeightsError: it cannot be downloaded.
    """
    size = backbone.download_bytes
    if on_progress:
        on_progress(backbone.name, 0, size)
    try:
        with _kaggle_folder(), _alone(backbone, on_progress):
            made = make(preset)
    except Exception as error:  # no network is an OSError, an answer of Kaggle's a ValueError or its own
        if not isinstance(error, OSError | ValueError) and not type(error).__module__.startswith("kagglehub"):
            raise
        agreement = [SIGN_IN] if AGREEMENT in backbone.licence else []
        raise WeightsError(
            f"{backbone.name} could not be downloaded from Kaggle.",
            received=preset,
            remedy=" ".join(["Check the internet connection.", *agreement, OFFLINE]),
        ) from error
    if on_progress:
        on_progress(backbone.name, size, size)
    return made


@contextlib.contextmanager
def _kaggle_folder() -> Iterator[None]:
    """Downloads go to the weights folder, not to the home directory."""
    with mock.patch.dict(os.environ, KAGGLEHUB_CACHE=str(weights.folder() / SUBFOLDER)):
        yield


@contextlib.contextmanager
def _alone(backbone: Backbone, on_progress: OnProgress | None) -> Iterator[None]:
    """One download at a time of one preset: a second one would go on with the first one's file."""
    lock = weights.folder() / f".kaggle-{backbone.id}.lock"
    with contextlib.ExitStack() as held:
        while not weights.is_ready(backbone):
            try:
                held.enter_context(system.file_lock(lock, timeout=WAIT))
                break
            except TimeoutError:
                if on_progress:  # it may raise to leave
                    on_progress(f"{backbone.name}, by another process", 0, backbone.download_bytes)
            except OSError:  # a folder that cannot be written: nothing is downloaded into it
                break
        yield
