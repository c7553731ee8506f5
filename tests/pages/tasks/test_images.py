"""Sizes of pictures on the Model page."""

from __future__ import annotations

import pytest

from pages.components.tasks.images import sizes_of
from tlcore.backbones.catalogue import catalogue


@pytest.mark.parametrize(
    ("backbone", "sizes"),
    [
        ("efficientnet_lite0", [96, 128, 160, 192, 224, 256, 320, 384]),
        ("xception", [96, 128, 160, 192, 224, 256, 299, 320, 384]),
        ("dinov2_small", [98, 126, 154, 196, 224, 252, 322, 378, 448, 518]),
        ("siglip2_base_patch32_256", [96, 128, 160, 192, 224, 256, 320, 384, 448, 512]),
    ],
)
def test_sizes_are_those_that_the_backbone_takes(backbone: str, sizes: list[int]) -> None:
    assert sizes_of(catalogue.get(backbone)) == sizes
