"""Swins in folders: taken as they are, or refused in one sentence before anything is built."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from tests.fixtures.picture_folders import SWIN, tensors, write
from tests.fixtures.refusals import is_refused_at_once
from tlcore.backbones.catalogue import catalogue, transformer_blocks
from tlcore.backbones.catalogue.swin_facts import ENTRIES
from tlcore.errors import BackboneError

Change = Callable[[Path], object]
BIAS = "swin__encoder__layers__1__blocks__0__attention__self__relative_position_bias_table"
MERGE = "swin__encoder__layers__0__downsample__reduction__weight"


def config(**changes: Any) -> Change:
    return lambda folder: (folder / "config.json").write_text(json.dumps(SWIN | changes))


def without(key: str) -> Change:
    kept = {name: value for name, value in SWIN.items() if name != key}
    return lambda folder: (folder / "config.json").write_text(json.dumps(kept))


def weighted(**changes: np.ndarray | None) -> Change:
    return lambda folder: save_file(tensors(SWIN, **changes), folder / "model.safetensors")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (config(embed_dim=1_020), "1,020 × 3 × 4 × 4, and in model.safetensors it has 12 × 3"),
        (config(embed_dim=10**9), "config.json cannot be used"),
        (config(embed_dim="12"), "config.json cannot be used"),
        (config(depths=[]), "config.json cannot be used"),
        (config(depths=[2] * 10_000), "config.json cannot be used"),
        (config(depths=[2, 10**12]), "config.json cannot be used"),
        (config(depths=2), "config.json cannot be used"),
        (config(num_heads=[3, 0]), "config.json cannot be used"),
        (config(num_heads=[3]), "has 2 depths and 1 num_heads"),
        (config(num_heads=[5, 4]), "a width of 12 among 5 heads"),
        (config(num_heads=[3, 5]), "a width of 24 among 5 heads"),
        (config(num_heads=[3, 6]), "9 × 6, and in model.safetensors it has 9 × 4"),
        (config(window_size=10**9), "config.json cannot be used"),
        (config(window_size=-2), "config.json cannot be used"),
        (config(window_size=3), "only multiples of 24 would do"),
        (config(window_size=4, image_size=32), "49 × 3, and in model.safetensors it has 9 × 3"),
        (config(image_size=[16, 32]), "has: image_size [16, 32]"),
        (config(image_size=24), "24 pixels, which windows of 2 places do not fill in all 2 stages"),
        (config(patch_size=8), "has: patch_size 8"),
        (config(mlp_ratio=2), "mlp_ratio 2.0"),
        (config(layer_norm_eps=1e-12), "layer_norm_eps 1e-12"),
        (config(qkv_bias=False), "qkv_bias False"),
        (config(use_absolute_embeddings=True), "use_absolute_embeddings True"),
        (config(hidden_act="relu"), "hidden_act relu"),
        (config(num_channels=1), "num_channels 1"),
        (config(depths=[2, 3]), "asks for encoder.layers.1.blocks.2.layernorm_before.weight, which"),
        (config(depths=[2, 1]), "more layers than the 3 of"),
        (config(depths=[1, 2]), "more layers than the 3 of"),
        (config(depths=[2], num_heads=[3]), "layernorm.weight of 12, and in model.safetensors it has 24"),
        (config(model_type="swinv2"), "like ViT, DeiT, DINOv2, DINOv3 or Swin"),
        (config(model_type={"swin": ["swin"]}), "config.json cannot be used"),
        (without("window_size"), "window_size"),
        (lambda folder: (folder / "config.json").write_text("[" * 100_000), "config.json cannot be used"),
        (weighted(**{BIAS: None}), "relative_position_bias_table, which"),
        (weighted(**{BIAS: np.zeros((9, 4), np.int32)}), "stored as I32"),
        (weighted(**{MERGE: np.zeros((48, 24), np.float32)}), "24 × 48, and in model.safetensors it has 48"),
        (weighted(swin__embeddings__norm__weight=None), "does not hold embeddings.norm.weight"),
    ],
)
def test_what_does_not_belong_together_is_refused_at_once(change: Change, said: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "tiny", "swin")
    change(folder)
    is_refused_at_once(folder, said, longest=700)


@pytest.mark.parametrize("changes", [{}, {"image_size": [16, 16], "patch_size": [4, 4], "depths": [2, 2]}])
def test_it_is_taken_for_pictures_of_its_own_size(changes: dict[str, Any], tmp_path: Path) -> None:
    entry = catalogue.get(f"folder:{write(tmp_path / 'my swin', 'swin', **changes)}")
    assert (entry.name, entry.family, entry.task) == ("my swin", "Swin", "images")
    assert (entry.input_size, entry.fixed_size, entry.features, entry.patch) == (16, True, 24, 0)
    assert [block.name for block in entry.blocks] == ["stem", "layer1", "layer2", "layer3", "layer4"]
    with pytest.raises(BackboneError, match="pictures of 16 pixels only"):
        catalogue.input_size(entry, 32)


def test_the_arithmetic_is_that_of_the_graphs_in_the_catalogue() -> None:
    for entry in ENTRIES:
        assert transformer_blocks.blocks(entry) == catalogue.get(entry.id).blocks
