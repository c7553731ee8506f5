"""For tests that ask why: pictures whose class lies in a coloured patch alone, and a model of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.furnished import Furnished
from tests.training import small
from tlcore import config as configuration
from tlcore.workspace import new_id

SIDE, PATCH = 128, 48  # pixels
PATCHES: dict[str, tuple[int, int, int] | None] = {
    "blue patch": (30, 40, 230),
    "no patch": None,
    "red patch": (230, 30, 40),
}
Box = tuple[int, int, int, int]  # left, top, right, bottom


def patched_picture(label: str, seed: int) -> tuple[Image.Image, Box]:
    """Grey noise with the patch of its class somewhere, and where.

    Every picture has plain grey patches besides, as a brush leaves them: grey says nothing about the class.
    """
    random = np.random.default_rng([seed, list(PATCHES).index(label)])
    pixels = 128 + random.normal(0, 25, (SIDE, SIDE, 3))
    colours = [(127, 127, 127), (127, 127, 127), *[colour for colour in [PATCHES[label]] if colour]]
    for colour in colours:
        left, top = (int(place) for place in random.integers(0, SIDE - PATCH, 2))
        pixels[top : top + PATCH, left : left + PATCH] = colour
    picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    return picture, (left, top, left + PATCH, top + PATCH)


def draw_patches(folder: Path, per_class: int = 16) -> Path:
    """A folder of such pictures, one folder for each class."""
    for label in PATCHES:
        (folder / label).mkdir(parents=True)
        for seed in range(per_class):
            patched_picture(label, seed)[0].save(folder / label / f"{seed:02d}.png")
    return folder


@pytest.fixture(scope="session")
def patched(tmp_path_factory: pytest.TempPathFactory, weights_folder: Path) -> Furnished:
    """A workspace with 48 such pictures and a finished run. Only read it, or take a `copy`."""
    home = tmp_path_factory.mktemp("patched")
    made = Furnished(home / "workspace", weights_folder)
    folder = made.home / "datasets" / new_id("patches")
    made.command("import", draw_patches(home / "patches"), "--name", "Patches", "--out", folder)
    config = home / "config.json"
    config.write_bytes(configuration.to_json(small(input_size=SIDE, epochs=30)))
    made.command("train", folder, "--config", config, "--out", made.home / "runs" / new_id("patches"))
    return made
