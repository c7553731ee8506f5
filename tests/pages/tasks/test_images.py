"""Sizes of pictures, and figures of backbones, on the Model page."""

from __future__ import annotations

import pytest

from pages.components.tasks.images import backbone_columns, backbone_fact, sizes_of
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


def test_it_is_told_whose_published_accuracy_a_figure_is() -> None:
    found = {id: backbone_fact(catalogue.get(id)) for id in ("efficientnet_lite0", "dinov2_small")}
    assert [name for name, _, _ in found.values()] == ["ImageNet, trained on it", "ImageNet, frozen"]
    assert "learned these very classes" in found["efficientnet_lite0"][2]
    assert "never learned these classes" in found["dinov2_small"][2]
    assert backbone_fact(catalogue.get("siglip2_base_patch16_224"))[1] == "–"
    columns = backbone_columns(catalogue.get("dinov2_small"))
    assert (columns["ImageNet, trained on it (%)"], columns["ImageNet, frozen (%)"]) == (None, 81.1)
