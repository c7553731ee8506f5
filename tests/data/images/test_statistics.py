from __future__ import annotations

import io

import numpy as np
import pytest
import scipy.fft
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter, ImageOps

from tlcore.data.checks.shortcuts import GREY
from tlcore.data.images.statistics import measure


def noisy(size: tuple[int, int] = (200, 150), low: int = 0, high: int = 255) -> Image.Image:
    draw = np.random.default_rng(1)
    return Image.fromarray(draw.integers(low, high, (size[1], size[0], 3), np.uint8))


def test_a_blank_picture_says_nothing() -> None:
    found = measure(Image.new("RGB", (128, 96), (200, 200, 200)), "PNG")
    assert (found.form, found.brightness, found.contrast, found.sharpness) == ("PNG", 200, 0, 0)
    assert found.border == "", "it has no frame, since it has nothing else"


def test_brightness_contrast_and_sharpness_follow_the_picture() -> None:
    plain = measure(noisy(), "JPEG")
    dark = measure(noisy(high=60), "JPEG")
    soft = measure(noisy().filter(ImageFilter.GaussianBlur(4)), "JPEG")
    assert dark.brightness < 40 < 110 < plain.brightness < 145
    assert dark.contrast < plain.contrast and soft.sharpness * 20 < plain.sharpness


@pytest.mark.parametrize("colour", ["white", "black", (200, 30, 90)])
def test_a_frame_is_seen_all_around_and_as_bars(colour: str | tuple[int, int, int]) -> None:
    told = "{:02x}{:02x}{:02x}".format(*Image.new("RGB", (1, 1), colour).getpixel((0, 0)))  # type: ignore[misc]
    framed = ImageOps.expand(noisy(), 12, colour)
    bars = Image.new("RGB", (200, 210), colour)
    bars.paste(noisy(), (0, 30))
    assert measure(framed, "PNG").border == measure(bars, "PNG").border == told
    assert measure(bars.rotate(90, expand=True), "PNG").border == told
    assert measure(noisy(), "PNG").border == ""


def test_a_bar_at_one_side_is_no_frame() -> None:
    bar = Image.new("RGB", (200, 180), "white")
    bar.paste(noisy(), (0, 30))
    assert measure(bar, "PNG").border == ""


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300))
def test_every_shape_has_a_look(width: int, height: int) -> None:
    found = measure(noisy((width, height)), "PNG")
    assert len(found.hash) == 16 and int(found.hash, 16) >= 0 and found.sharpness >= 0


def test_the_hash_hardly_changes_with_size() -> None:
    soft = noisy((40, 30)).resize((400, 300), Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(9))
    bits = int(measure(soft, "PNG").hash, 16) ^ int(measure(soft.resize((90, 68)), "PNG").hash, 16)
    assert bits.bit_count() <= 6


def test_a_grey_picture_is_told_from_one_in_colour_after_jpeg() -> None:
    grey, coloured = noisy().convert("L").convert("RGB"), Image.new("RGB", (200, 150), "grey")
    coloured.paste((200, 40, 40), (60, 40, 120, 90))  # a small thing in colour before a grey wall
    told = []
    for image in (grey, coloured):
        content = io.BytesIO()
        image.save(content, "JPEG", quality=70)
        told.append(measure(Image.open(content).convert("RGB"), "JPEG").chroma)
    assert told[0] is not None and told[1] is not None and told[0] < GREY < 100 < told[1]


@pytest.mark.parametrize("kind", ["noise", "plain", "stripes", "ramp", "frame"])
def test_the_hash_is_that_of_the_cosines_of_scipy(kind: str) -> None:
    """Workspaces hold hashes that ImageHash has made with them."""
    picture = {
        "noise": noisy(),
        "plain": Image.new("RGB", (90, 70), (200, 30, 90)),
        "stripes": ImageOps.expand(Image.new("RGB", (20, 90), "black"), (30, 0), "white"),
        "ramp": Image.linear_gradient("L").convert("RGB"),
        "frame": ImageOps.expand(Image.new("RGB", (50, 60), "navy"), 12, "orange"),
    }[kind]
    grey = np.asarray(picture.convert("L").resize((32, 32), Image.Resampling.LANCZOS), float)
    lowest = scipy.fft.dct(scipy.fft.dct(grey, axis=0), axis=1)[:8, :8]
    bits = "".join("01"[bit] for bit in (lowest > np.median(lowest)).flatten().astype(int))
    assert measure(picture, "PNG").hash == f"{int(bits, 2):016x}"
