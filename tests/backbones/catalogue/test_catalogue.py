"""The catalogue as data: complete, consistent, and light."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest

from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.entry import Backbone
from tlcore.backbones.catalogue.image_facts import ENTRIES
from tlcore.errors import BackboneError

BACKBONES = list(catalogue.catalogue().values())
PUBLISHED = ("top1", "top5", "tested_size", "licence")


def test_every_published_backbone_is_described_in_the_same_order() -> None:
    assert [entry.id for entry in BACKBONES] == [entry.id for entry in ENTRIES]
    assert len(BACKBONES) == 119
    offline = ["efficientnet_lite0", "mobilenet_v2", "efficientnet_lite1", "efficientnet_lite2"]
    assert [entry.id for entry in BACKBONES if entry.works_offline] == offline


@pytest.mark.parametrize("backbone", BACKBONES, ids=lambda entry: entry.id)
def test_blocks_add_up_to_the_backbone(backbone: Backbone) -> None:
    assert sum(block.params for block in backbone.blocks) == backbone.params
    assert sum(block.macs for block in backbone.blocks) == backbone.macs
    assert all(0 < block.trainable <= block.params for block in backbone.blocks)
    assert all(block.activations > math.prod(block.shape) for block in backbone.blocks)
    looking = [block.name for block in backbone.blocks if block.attention]
    assert looking == ([block.name for block in backbone.blocks[1:]] if backbone.patch else [])
    assert len({block.name for block in backbone.blocks}) == len({block.output for block in backbone.blocks})
    heights = [block.shape[0] for block in backbone.blocks]
    assert heights == sorted(heights, reverse=True)
    assert backbone.blocks[-1].shape[2] == backbone.features
    assert backbone.min_size <= backbone.input_size <= catalogue.MOST_PIXELS
    assert backbone.licence
    assert backbone.published


def test_what_leaves_a_block_is_known_for_other_sizes() -> None:
    """As the graphs have it: padded convolutions round up, unpadded ones leave an edge out."""
    known = {
        ("efficientnet_lite0", 96): {"stem": (48, 48, 32), "block7a": (3, 3, 1280)},
        ("efficientnet_b3", 224): {"stem": (112, 112, 40), "block7b": (7, 7, 1536)},
        ("inception_v3", 128): {"mixed0": (13, 13, 256), "mixed10": (2, 2, 2048)},
    }
    for (id, size), shapes in known.items():
        backbone = catalogue.get(id)
        blocks = {block.name: block for block in backbone.blocks}
        assert {name: catalogue.shape_at(backbone, blocks[name], size) for name in shapes} == shapes
        for block in backbone.blocks:
            assert catalogue.shape_at(backbone, block, backbone.input_size) == block.shape


def test_published_facts_are_refreshed_with_the_catalogue() -> None:
    for entry, published in zip(BACKBONES, ENTRIES, strict=True):
        assert all(getattr(entry, name) == getattr(published, name) for name in PUBLISHED)


def test_unknown_backbone_names_close_ones() -> None:
    with pytest.raises(BackboneError, match="resnet50"):
        catalogue.get("resnet5O")
    with pytest.raises(BackboneError, match="lists them all"):
        catalogue.get("qqq")


def test_unfreezing_counts_from_the_end() -> None:
    lite0 = catalogue.get("efficientnet_lite0")
    total = len(lite0.blocks)
    assert catalogue.trainable_from(lite0, 0) == total
    assert catalogue.trainable_from(lite0, 2) == total - 2
    assert catalogue.trainable_from(lite0, "all") == 0
    assert catalogue.trainable_params(lite0, 0) == 0
    assert catalogue.trainable_params(lite0, 1) == lite0.blocks[-1].trainable
    assert catalogue.trainable_params(lite0, "all") == catalogue.trainable_params(lite0, total)


@pytest.mark.parametrize("wrong", [-1, 18, True, "some", 1.5])
def test_unfreezing_more_than_there_is_is_refused(wrong: object) -> None:
    with pytest.raises(BackboneError, match="17 blocks"):
        catalogue.trainable_from(catalogue.get("efficientnet_lite0"), wrong)  # type: ignore[arg-type]


def test_input_size_has_bounds() -> None:
    inception = catalogue.get("inception_v3")
    assert catalogue.input_size(inception, None) == 299
    assert catalogue.input_size(inception, 128) == 128
    for wrong in (74, 1025):
        with pytest.raises(BackboneError, match="75 to 1024"):
            catalogue.input_size(inception, wrong)


def test_sides_of_pictures_cut_into_patches_are_multiples_of_these() -> None:
    small = catalogue.get("dinov2_small")
    assert [catalogue.input_size(small, size) for size in (None, 98, 518)] == [224, 98, 518]
    for wrong in (84, 532):
        with pytest.raises(BackboneError, match="98 to 518 pixels"):
            catalogue.input_size(small, wrong)
    with pytest.raises(BackboneError, match=r"multiple of 14 pixels.*Choose 154"):
        catalogue.input_size(small, 160)
    assert not catalogue.takes(small, 160) and catalogue.takes(small, None)
    assert catalogue.takes(catalogue.get("vit_base_patch16_224"), 160)


def test_the_catalogue_needs_neither_tensorflow_nor_numpy() -> None:
    code = (
        "import sys; from tlcore.backbones.catalogue import catalogue\n"
        "import tlcore.backbones.weights.weights; catalogue.catalogue()\n"
        "assert not {'tensorflow', 'keras', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
