from __future__ import annotations

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from tests.fixtures import ROOT
from tlcore.config.augmentation import AugmentationConfig
from tlcore.data.images.augment import augment, view_key

NAMES = [hashlib.sha256(bytes([i])).hexdigest() for i in range(40)]
NOTHING = AugmentationConfig(
    flip=False, rotate=0.0, zoom=0.0, shift=0.0, brightness=0.0, contrast=0.0, colour=0.0
)

half = st.floats(0, 0.5)
any_settings = st.builds(
    AugmentationConfig,
    flip=st.booleans(),
    rotate=st.floats(0, 45),
    zoom=half,
    shift=st.floats(0, 0.3),
    brightness=half,
    contrast=half,
    colour=half,
)


def with_only(**change: float) -> AugmentationConfig:
    return msgspec.structs.replace(NOTHING, **change)


def noise(size: int) -> np.ndarray:
    return np.random.default_rng(size).integers(0, 256, (size, size, 3), dtype=np.uint8)


def smooth(size: int) -> np.ndarray:
    """Brighter to the right in red, downwards in green; blue is constant."""
    ramp = np.linspace(60, 190, size)
    return np.stack(
        [np.tile(ramp, (size, 1)), np.tile(ramp[:, None], (1, size)), np.full((size, size), 90)], -1
    ).astype(np.uint8)


@limits(max_examples=60, deadline=None)
@given(st.integers(1, 96), any_settings, st.sampled_from(NAMES), st.integers(0, 32))
def test_any_view_is_a_picture_of_the_same_kind_and_always_the_same(
    size: int, settings: AugmentationConfig, name: str, view: int
) -> None:
    picture = noise(size)
    before = picture.copy()
    made = augment(picture, settings, name, view)
    assert made.shape == picture.shape and made.dtype == np.uint8
    assert (made == augment(picture, settings, name, view)).all()
    assert (picture == before).all()
    if view == 0:
        assert made is picture


@pytest.mark.parametrize("size", [1, 7, 64])
def test_no_change_allowed_changes_nothing(size: int) -> None:
    picture = noise(size)
    for name in NAMES[:8]:
        assert (augment(picture, NOTHING, name, 3) == picture).all()


@pytest.mark.parametrize("size", [5, 64, 225])
def test_half_of_the_views_are_mirrored_exactly(size: int) -> None:
    picture = noise(size)
    views = [augment(picture, with_only(flip=True), name, 1) for name in NAMES]
    mirrored = [bool((view == picture[:, ::-1]).all()) for view in views]
    assert all(
        is_mirrored or (view == picture).all() for view, is_mirrored in zip(views, mirrored, strict=True)
    )
    assert 8 < sum(mirrored) < 32


def test_a_shift_moves_the_picture_and_stays_within_its_bounds() -> None:
    size, most = 64, 0.25
    places = []
    for name in NAMES:
        view = augment(smooth(size), with_only(shift=most), name, 1)
        slope = 130 / (size - 1)
        middle = view[size // 2 - 1 : size // 2 + 1, size // 2 - 1 : size // 2 + 1].mean((0, 1))
        places.append((middle[:2] - 125) / slope)
    moved = np.array(places)
    assert np.abs(moved).max() <= most * size + 1
    assert moved.min() < -most * size / 2 and moved.max() > most * size / 2
    assert np.abs(np.corrcoef(moved.T)[0, 1]) < 0.5, "x and y are drawn apart"


def test_rotation_and_zoom_keep_the_middle_and_stay_within_their_bounds() -> None:
    size = 65
    for name in NAMES:
        turned = augment(smooth(size), with_only(rotate=30.0), name, 1)[24:41, 24:41].astype(float)
        right, down = (turned[:, -1] - turned[:, 0]).mean(0)[:2], (turned[-1] - turned[0]).mean(0)[:2]
        assert abs(np.degrees(np.arctan2(right[1], right[0]))) < 31
        assert abs(right @ down) < 0.1 * (right @ right), "a right angle stays one"
        assert np.hypot(*right) == pytest.approx(130 * 16 / 64, rel=0.08)
        zoomed = augment(smooth(size), with_only(zoom=0.5), name, 1)[24:41, 24:41].astype(float)
        step = (zoomed[:, -1] - zoomed[:, 0]).mean(0)[0] / (130 * 16 / 64)
        assert 1 / 1.55 < step < 1.55
        for view in (turned, zoomed):
            assert view[8, 8] == pytest.approx(smooth(size)[32, 32], abs=2)


def test_borders_are_mirrored_not_black() -> None:
    settings = with_only(rotate=45.0, zoom=0.5, shift=0.3)
    for name in NAMES:
        view = augment(smooth(48), settings, name, 2)
        assert view.min() >= 50 and view.max() <= 200
        assert (np.abs(view[..., 2].astype(int) - 90) <= 1).all()


@pytest.mark.parametrize("kind", ["brightness", "contrast", "colour"])
def test_light_and_colour_change_both_ways(kind: str) -> None:
    picture = smooth(32)

    def strength(pixels: np.ndarray) -> float:
        pixels = pixels.astype(float)
        if kind == "brightness":
            return float(pixels.mean())
        if kind == "contrast":
            return float(pixels[..., 0].std())
        return float((pixels.max(-1) - pixels.min(-1)).mean())

    plain = strength(picture)
    ratios = [strength(augment(picture, with_only(**{kind: 0.3}), name, 1)) / plain for name in NAMES]
    assert 0.68 < min(ratios) < 0.85 and 1.15 < max(ratios) < 1.32


def test_views_and_pictures_differ_from_each_other() -> None:
    picture, settings = noise(32), AugmentationConfig()
    made = {augment(picture, settings, name, view).tobytes() for name in NAMES[:4] for view in range(33)}
    assert len(made) == 4 * 32 + 1  # the picture itself is the same under any name


def test_moving_one_slider_leaves_the_other_changes_alone() -> None:
    picture, moved = smooth(32), with_only(flip=True, rotate=20.0, shift=0.1)
    for name in NAMES[:8]:
        brighter = augment(augment(picture, moved, name, 1), with_only(brightness=0.3), name, 1)
        both = augment(picture, msgspec.structs.replace(moved, brightness=0.3), name, 1)
        assert (both == brighter).all()


def test_threads_and_other_processes_make_the_same_pixels() -> None:
    settings = AugmentationConfig(views=4)
    jobs = [(name, view) for name in NAMES[:6] for view in range(5)]

    def digest(job: tuple[str, int]) -> str:
        return hashlib.sha256(augment(noise(64), settings, *job).tobytes()).hexdigest()

    alone = [digest(job) for job in jobs]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(digest, jobs * 4)) == alone * 4
    script = (
        "import hashlib, numpy as np\n"
        "from tlcore.config.augmentation import AugmentationConfig\n"
        "from tlcore.data.images.augment import augment\n"
        "picture = np.random.default_rng(64).integers(0, 256, (64, 64, 3), dtype=np.uint8)\n"
        f"for name, view in {jobs!r}:\n"
        "    made = augment(picture, AugmentationConfig(views=9), name, view)\n"
        "    print(hashlib.sha256(made.tobytes()).hexdigest())\n"
    )
    said = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert said.stdout.split() == alone, said.stderr


@given(any_settings, any_settings, st.integers(0, 32), st.integers(0, 32), st.integers(1, 32))
def test_a_key_names_picture_view_and_settings_but_not_how_many(
    one: AugmentationConfig, other: AugmentationConfig, view: int, another: int, views: int
) -> None:
    key = view_key(NAMES[0], one, view)
    assert len(key) == 32
    assert key == view_key(NAMES[0], msgspec.structs.replace(one, views=views), view)
    assert (key == view_key(NAMES[0], one, another)) == (view == another)
    assert (key == view_key(NAMES[0], other, view)) == (view == 0 or one == other)
    assert key != view_key(NAMES[1], one, view)


def test_the_picture_as_it_is_has_its_own_name_and_numbers_are_written_one_way() -> None:
    assert view_key(NAMES[0], AugmentationConfig(), 0).hex() == NAMES[0]
    read = msgspec.json.decode(b'{"rotate": 10, "zoom": 0, "views": 3}', type=AugmentationConfig)
    built = AugmentationConfig(rotate=10, zoom=0)
    assert view_key(NAMES[0], read, 1) == view_key(NAMES[0], built, 1)
