"""Heat over a picture: it lies where the model saw it, whatever was done to the picture before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pages.components.predict.explain.heatmap_overlay import (
    CUT_BRIGHTNESS,
    colours_of,
    fit_to_picture,
    legend,
    overlay,
)
from tlcore.config import Fit
from tlcore.data.images.decode import to_square

HOT = np.zeros((8, 8), np.float32)
HOT[3, 4] = 1
SIDES = st.integers(1, 90)


@pytest.mark.parametrize("size", [(200, 100), (100, 200), (150, 150)])
@pytest.mark.parametrize("fit", ["stretch", "crop", "pad"])
def test_heat_lies_where_the_model_saw_it(size: tuple[int, int], fit: Fit) -> None:
    """A white dot on the hottest place is found in the hot field of the model's square."""
    heat = fit_to_picture(HOT, size, fit)
    assert heat.shape == size[::-1]
    y, x = (int(place) for place in np.unravel_index(np.nanargmax(heat), heat.shape))
    picture = Image.new("RGB", size)
    picture.paste((255, 255, 255), (x - 2, y - 2, x + 3, y + 3))
    square = to_square(picture, 80, fit)[..., 0].astype(float)
    light = np.where(square == 127, 0, square)  # without the grey that "pad" fills up with
    rows, columns = np.mgrid[:80, :80]
    assert (light * rows).sum() / light.sum() == pytest.approx(35, abs=2)
    assert (light * columns).sum() / light.sum() == pytest.approx(45, abs=2)


def test_what_was_cut_off_is_dark() -> None:
    picture = Image.new("RGB", (90, 30), (200, 100, 50))
    heat = fit_to_picture(np.ones((3, 3)), picture.size, "crop")
    assert np.isnan(heat).sum() == 30 * 60 and (heat[:, 30:60] == 1).all()
    pixels = np.asarray(overlay(picture, heat, 0.0))
    assert (pixels[:, 30:60] == (200, 100, 50)).all()
    assert (pixels[:, :30] == np.round(np.array((200, 100, 50)) * CUT_BRIGHTNESS)).all()


@given(SIDES, SIDES, st.sampled_from(["stretch", "crop", "pad"]), st.integers(1, 9), st.integers(1, 9))
def test_any_shape_is_covered(width: int, height: int, fit: Fit, rows: int, columns: int) -> None:
    heat = fit_to_picture(np.random.default_rng(0).random((rows, columns)), (width, height), fit)
    assert heat.shape == (height, width)
    assert np.nanmin(heat) >= 0 and np.nanmax(heat) <= 1
    assert overlay(Image.new("RGB", (width, height)), heat, 0.6).size == (width, height)


def test_the_strength_is_how_much_is_colour() -> None:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8))
    nothing, everything = np.zeros((20, 30)), np.ones((20, 30))
    assert overlay(picture, everything, 0.0).tobytes() == picture.tobytes()
    assert overlay(picture, nothing, 1.0).tobytes() == picture.convert("L").convert("RGB").tobytes()
    assert (np.asarray(overlay(picture, everything, 1.0)) == colours_of(np.array(1.0)).round()).all()


def test_the_colours_grow_lighter_steadily() -> None:
    """So they are told apart by who sees no hues."""
    brightness = np.asarray(legend().convert("L"), float)[0]
    assert (np.diff(brightness) >= -1).all() and brightness[-1] - brightness[0] > 150
