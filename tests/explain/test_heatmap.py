"""Heat on pictures: it lies where the class is decided, for every kind of backbone, frozen or not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.fixtures.image_workspace import Furnished
from tests.fixtures.patched_pictures import PATCHES, SIDE, patched_picture
from tests.fixtures.short_backbones import SHORT, shorten
from tests.fixtures.short_lite0 import shortened
from tests.fixtures.tiny_training import small
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.images import loader
from tlcore.config.training import HeadConfig
from tlcore.explain.heatmap import Heat
from tlcore.graft.engines import device
from tlcore.graft.network import build, cut, saved_model

NEW = 1000  # the first seed that no picture was trained on


@pytest.fixture(scope="module")
def heat(patched: Furnished) -> Heat:
    device.set_up_device()
    return Heat(saved_model.load(patched.run.model))


def seen(*pictures: Image.Image) -> np.ndarray:
    """Pictures as the heat takes them: in double size."""
    return np.stack([np.asarray(picture.resize((2 * SIDE, 2 * SIDE))) for picture in pictures])


@pytest.mark.parametrize("label", [label for label, colour in PATCHES.items() if colour])
def test_the_heat_lies_on_the_patch(heat: Heat, patched: Furnished, label: str) -> None:
    number = patched.run.labels().index(label)
    shares, areas = [], []
    pictures, places = zip(*(patched_picture(label, seed) for seed in range(NEW, NEW + 8)), strict=True)
    for found, (left, top, right, bottom) in zip(heat(seen(*pictures), number), places, strict=True):
        pixels = np.asarray(Image.fromarray(found).resize((SIDE, SIDE)))
        shares.append(pixels[top:bottom, left:right].sum() / pixels.sum())
        areas.append((right - left) * (bottom - top) / SIDE**2)
    assert np.mean(shares) > 2.5 * np.mean(areas)


def test_heat_is_between_nothing_and_one(heat: Heat) -> None:
    pictures = seen(patched_picture("red patch", NEW)[0], Image.new("RGB", (SIDE, SIDE)))
    for number in range(3):
        found = heat(pictures, number)
        assert found.shape == (2, 8, 8) and found.dtype == np.float32
        assert np.isfinite(found).all() and found.min() >= 0
        assert all(one.max() in (0, pytest.approx(1)) for one in found)


def test_a_picture_has_the_same_heat_alone_and_among_others(heat: Heat) -> None:
    pictures = seen(*[patched_picture("red patch", NEW + i)[0] for i in range(3)])
    together = heat(pictures, 2)
    for one, alone in zip(together, pictures, strict=True):
        np.testing.assert_allclose(heat(alone[None], 2)[0], one, rtol=1e-6, atol=1e-3)


@pytest.mark.parametrize(
    ("backbone", "size", "side"),
    [
        ("efficientnet_lite0", 64, 4),
        ("mobilenet_v3_small", 64, 4),  # pools inside its blocks, too
        ("convnext_tiny", 64, 4),
        ("densenet121", 64, 4),
        ("vgg16", 64, 4),
        ("nasnet_mobile", 64, 4),
    ],
)
def test_every_kind_of_backbone_has_a_map(
    backbone: str, size: int, side: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a hidden layer in its head, parts of it unfrozen; one, with bare operations, from a file.

    Others are of the same layers, and `test_cut.py` cuts them before their last map.
    """
    if backbone in SHORT:
        shorten(backbone, monkeypatch)
    config = small(backbone=backbone, input_size=size, unfreeze=int(backbone not in SHORT))
    with shortened():
        whole = build.build(config, 3, pretrained=False).model
    if backbone == "convnext_tiny":
        whole.save(tmp_path / "model.keras")
        whole = saved_model.load(tmp_path / "model.keras")
    heat = Heat(whole)
    assert heat.front.output_shape == (None, side, side, heat.front.output_shape[-1])
    assert len(heat.tail.layers) <= 5  # pooling, and the head
    assert heat.size == 2 * size
    pictures = np.random.default_rng(0).integers(0, 256, (2, heat.size, heat.size, 3), dtype=np.uint8)
    found = heat(pictures, 1)
    assert found.shape == (2, side, side) and np.isfinite(found).all()


@pytest.mark.parametrize(("backbone", "size"), [("inception_resnet_v2", 75), ("nasnet_mobile", 64)])
def test_the_largest_can_be_cut_where_the_catalogue_says(backbone: str, size: int) -> None:
    model = loader.load(backbone, size, weights=None)
    single = {id(tensor) for tensor in cut.single_cuts(model)}
    for block in catalogue.get(backbone).blocks:
        (behind,) = cut.boundary(model, block)
        assert id(behind) in single


def test_it_is_what_the_definition_says() -> None:
    """With the head a single layer the logit is the mean of the weighted map: no gradient is needed."""
    config = small(pretrained=False, head=HeadConfig(hidden=(), dropout=0.0))
    with shortened():
        whole = build.build(config, 3).model
    heat = Heat(whole, doubled=False)
    pictures = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), dtype=np.uint8)
    maps = np.asarray(heat.front(pictures, training=False))
    kernel = np.asarray(whole.get_layer("logits").kernel)[:, 2]
    expected = np.maximum(maps @ kernel, 0)
    hottest = expected.max(axis=(1, 2), keepdims=True)
    expected = np.divide(expected, hottest, out=np.zeros_like(expected), where=hottest > 0)
    np.testing.assert_allclose(heat(pictures, 2), expected, rtol=1e-6, atol=1e-4)
