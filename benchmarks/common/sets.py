"""Data sets to train on, by name: real ones beside the repository, and small ones made on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.common import labelled_data, pictures
from benchmarks.common.measure import ROOT, Row

SHARED = ROOT.parent / "shared" / "data"
SMALL = (64, 48)  # pixels of a drawn picture
# The shortest training on drawn pictures, as changes of the default recipe.
SHORTEST: Row = {"input_size": 32, "training": {"epochs": 1}, "fine_tuning": {"epochs": 1}}


def draw(folder: Path) -> None:
    """Thirty drawings in five classes."""
    pictures.make(folder, {"train": 20, "val": 5, "test": 5}, SMALL, drawn=True)


def generate(folder: Path) -> None:
    """Messages to a shop in four classes, ten of each to train on."""
    labelled_data.generate(folder, {"train": 10, "test": 5})


def make_noise(folder: Path) -> None:
    """Ten pictures of nothing, to ask about."""
    (folder / "test").mkdir(parents=True)
    for number in range(10):
        pixels = np.random.default_rng(number).integers(0, 256, (*SMALL, 3), np.uint8)
        Image.fromarray(pixels).save(folder / "test" / f"{number}.png")


MADE: dict[str, Callable[[Path], None]] = {"drawn": draw, "generated": generate, "noise": make_noise}


def gather(names: Iterable[str], shared: Path, scratch: Path) -> dict[str, Path]:
    """Their folders by name; those that can be made are made, in `scratch`."""
    found = {name: (scratch if name in MADE else shared) / name for name in names}
    for name in found.keys() & MADE.keys():
        MADE[name](found[name])
    return found
