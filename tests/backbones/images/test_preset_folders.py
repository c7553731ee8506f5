"""Presets of keras-hub in a folder give what KerasHub loads from them; sizes are those of the graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras_hub
import msgspec
import numpy as np
import pytest

from tests.fixtures import hub_presets
from tlcore.backbones.catalogue import catalogue, picture_folder, transformer_facts
from tlcore.backbones.catalogue.published_image import PublishedHub
from tlcore.backbones.catalogue.transformer_facts import PublishedTransformer
from tlcore.backbones.images import hub_weights, loader, swin_transformer, vision_transformer
from tlcore.commands.describe import images as describe_images

_SIZES: dict[str, Any] = {"layers": 2, "width": 24, "heads": 3, "patch": 8, "input_size": 32, "min_size": 32}


def _short(kind: str, **changes: Any) -> PublishedTransformer:
    found = next(entry for entry in transformer_facts.ENTRIES if entry.kind == kind)
    return msgspec.structs.replace(found, **(_SIZES | {"inner": 48} | changes))


SHORT: dict[str, PublishedHub] = {
    "vit": _short("ViT"),
    "deit": _short("DeiT"),
    "dinov2": _short("DINOV2"),
    "gated_with_registers": _short("DINOV2", prefix=5, is_gated=True),
    "dinov3": _short("DINOV3"),
    "dinov3_gated": _short("DINOV3", is_gated=True),
    "swin": msgspec.structs.replace(hub_presets.SHORT_SWIN, depths=(1, 1)),
}


@pytest.mark.parametrize("name", SHORT)
def test_its_map_is_that_of_what_keras_hub_loads_from_it(name: str, tmp_path: Path) -> None:
    entry = SHORT[name]
    hub_presets.put_transformer(entry, tmp_path / "own")
    theirs = keras_hub.models.Backbone.from_preset(str(tmp_path / "own"))
    own = catalogue.get(f"folder:{tmp_path / 'own'}")
    ours = loader.load(own.id)
    facts = picture_folder.read(tmp_path / "own").entry
    build = swin_transformer.build if name == "swin" else vision_transformer.build
    same: Any = build(msgspec.structs.replace(facts, id="same"), entry.input_size)  # type: ignore[arg-type]
    hub_weights.assign(same, entry, theirs)  # type: ignore[arg-type]
    side = entry.input_size
    pictures = np.random.default_rng(0).integers(0, 256, (2, side, side, 3), dtype=np.uint8)
    np.testing.assert_allclose(ours(pictures), same(pictures), atol=2e-5)
    np.testing.assert_allclose((facts.mean, facts.deviation), (entry.mean, entry.deviation), atol=1e-6)
    assert (own.name, own.family, own.works_offline) == ("own", entry.family, True)
    assert own.blocks == describe_images.blocks(ours, own.family)
