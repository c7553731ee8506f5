"""Vision transformers of plain layers give KerasHub's numbers, wherever they are cut, and load without it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import keras
import keras_hub
import msgspec
import numpy as np
import pytest
from PIL import Image

from tests.fixtures.hub_presets import (
    DEIT,
    describe_in_catalogue,
    hub_network,
    put_transformer,
    short_transformer,
)
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.transformer_facts import ENTRIES, PublishedTransformer
from tlcore.backbones.images import hub_weights, loader, moved_places, vision_transformer
from tlcore.backbones.weights import weights
from tlcore.commands.describe import images as describe
from tlcore.errors import WeightsError
from tlcore.graft.network import cut

BY_ID = {entry.id: entry for entry in ENTRIES}
KINDS = (
    "siglip2_base_patch16_224",
    "dinov2_with_registers_small",
    "dinov2_giant",
    "dinov3_vit_small_lvd1689m",
    "dinov3_vit_huge_plus_lvd1689m",
    "vit_base_patch16_224",
    "clip_vit_b_32_laion2b_s34b_b79k",
)
SIDE = 4  # patches


def small(id: str) -> PublishedTransformer:
    return msgspec.structs.replace(BY_ID[id], layers=3, width=24, heads=3, inner=32)


def pictures(entry: PublishedTransformer, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures, and the same as KerasHub's converter for that backbone gives them."""
    found = np.random.default_rng(0).integers(0, 256, (3, size, size, 3), dtype=np.uint8)
    kind = getattr(keras_hub.layers, f"{entry.kind}ImageConverter")
    converter = kind(scale=entry.scale, offset=entry.offset)
    return found, np.asarray(converter(found.astype(np.float32)))


def as_map(theirs: Any, converted: np.ndarray, entry: PublishedTransformer) -> np.ndarray:
    """KerasHub's tokens as our map: those of the patches, and beside each that of the whole picture."""
    if entry.kind == "SigLIP":
        states = theirs.embedding(converted)
        for layer in theirs.encoder_layers:
            states = layer(states)
        states, of_all = np.asarray(theirs.post_layer_norm(states)), np.asarray(theirs(converted))[:, None]
    else:
        states = np.asarray(theirs(converted))
        of_all = states[:, :1]
    of_patches = states[:, entry.prefix :]
    everywhere = np.repeat(of_all, of_patches.shape[1], axis=1)
    side = round(of_patches.shape[1] ** 0.5)
    return np.concatenate([of_patches, everywhere], axis=-1).reshape(len(states), side, side, -1)


@pytest.mark.parametrize("id", [*KINDS, DEIT])
def test_the_map_is_made_of_keras_hubs_tokens(id: str, tmp_path: Path) -> None:
    entry = msgspec.structs.replace(small(id), layers=2)
    size = SIDE * entry.patch
    theirs, ours = hub_network(entry, size), vision_transformer.build(entry, size)
    hub_weights.assign(ours, entry, theirs)
    raw, converted = pictures(entry, size)
    wanted = as_map(theirs, converted, entry)
    found = np.asarray(ours(raw))
    np.testing.assert_allclose(found, wanted, atol=2e-5)
    ours.save(tmp_path / "model.keras")
    assert b"keras_hub" not in zipfile.ZipFile(tmp_path / "model.keras").read("config.json")
    again = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(again(raw), found)


def test_loaded_for_another_size_it_is_keras_hubs_for_that_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which fits positions, where it smooths them, to more patches or fewer as we do."""
    monkeypatch.setenv("GRAFT_WEIGHTS", str(tmp_path))
    whole = BY_ID["dinov2_with_registers_small"]
    entry = msgspec.structs.replace(small(whole.id), input_size=SIDE * whole.patch, layers=1)
    folder = (tmp_path / catalogue.get(whole.id).weights_file).parent
    put_transformer(entry, folder)
    config = folder / "config.json"  # as the published ones have it
    told = '"antialias_in_interpolation": '
    config.write_text(config.read_text().replace(f"{told}false", f"{told}true"))
    for side in (3, 7):
        size = side * entry.patch
        ours = vision_transformer.build(entry, size)
        hub_weights.load(ours, entry, size, None)
        theirs = keras_hub.models.DINOV2Backbone.from_preset(str(folder), image_shape=(size, size, 3))
        assert theirs.antialias_in_interpolation
        raw, converted = pictures(entry, size)
        np.testing.assert_allclose(ours(raw), as_map(theirs, converted, entry), atol=1e-4)
        fitted = np.asarray(theirs.embeddings.interpolated_position_embeddings)[0]
        learned = np.asarray(theirs.embeddings.position_embeddings)[0]
        np.testing.assert_allclose(moved_places.fit(learned, side**2 + 1, 1), fitted, atol=1e-4)


@pytest.mark.parametrize("id", ["vit_base_patch16_224", "siglip2_base_patch16_224"])
def test_positions_fit_other_sizes_that_keras_hub_does_not_know(id: str) -> None:
    entry, side = small(id), SIDE + 2
    ours = vision_transformer.build(entry, side * entry.patch)
    theirs = hub_network(entry, SIDE * entry.patch)
    hub_weights.assign(ours, entry, theirs)
    found = ours.get_layer("positions").get_weights()[0]
    same = vision_transformer.build(entry, SIDE * entry.patch)
    hub_weights.assign(same, entry, theirs)
    learned = same.get_layer("positions").get_weights()[0]
    np.testing.assert_array_equal(found[: entry.prefix], learned[: entry.prefix])
    grids = (part[entry.prefix :].reshape(n, n, -1) for part, n in ((found, side), (learned, SIDE)))
    for mine, old in zip(*(np.moveaxis(grid, -1, 0) for grid in grids), strict=True):
        wanted = Image.fromarray(old).resize((side, side), Image.Resampling.BICUBIC)
        np.testing.assert_allclose(mine, wanted, atol=1e-5)  # Pillow's kernel is the same


@pytest.mark.parametrize(
    "id", ["siglip2_base_patch16_224", "dinov2_with_registers_small", "dinov3_vit_small_plus_lvd1689m"]
)
def test_the_catalogue_knows_what_other_sizes_cost(id: str) -> None:
    """A token in front, and what SigLIP's asks at the end, are counted as if they grew with the rest."""
    entry = small(id)
    sizes = (entry.input_size, 7 * entry.patch, 32 * entry.patch)
    native, *others = (describe.blocks(vision_transformer.build(entry, size), entry.family) for size in sizes)
    backbone = msgspec.structs.replace(catalogue.get(id), blocks=native)
    for size, blocks in zip(sizes[1:], others, strict=True):
        for there, here in zip(native, blocks, strict=True):
            assert catalogue.macs_at(backbone, there, size) == pytest.approx(here.macs, rel=0.01)
            numbers = catalogue.activations_at(backbone, there, size)
            assert numbers == pytest.approx(here.activations, rel=0.02)
            assert catalogue.shape_at(backbone, there, size) == here.shape


@pytest.mark.parametrize(
    "id", ["dinov2_with_registers_small", "dinov3_vit_small_plus_lvd1689m", "siglip2_base_patch16_224"]
)
def test_cut_between_any_layers_it_is_the_uncut_network(id: str) -> None:
    entry = small(id)
    size = SIDE * entry.patch
    network = vision_transformer.build(entry, size)
    raw, _ = pictures(entry, size)
    wanted = network(raw)
    for end in ("placed", "layer1_add2", "layer2_add2"):
        front, tail = cut.split(network, (cut.output_of(network, end),))
        np.testing.assert_allclose(tail([front(raw)]), wanted, atol=1e-4)


def test_numbers_are_those_that_keras_hub_tells_of_its_presets() -> None:
    """It counts the token of the whole picture beside its place. DINOv2 has a mask, two scales in each layer,
    and twice the places of 37 × 37 patches, where ours has those of 16 × 16.
    """
    more = {"DINOV2": 2 + 2 * (37**2 + 1) - (16**2 + 1), "ViT": 1, "DeiT": 2}
    for entry in ENTRIES:
        if entry.kind == "SigLIP":  # whose presets hold another encoder
            continue
        told = getattr(keras_hub.models, f"{entry.kind}Backbone").presets[entry.preset]
        assert told["kaggle_handle"] == f"kaggle://{entry.handle}"
        if entry.kind == "CLIP":
            assert catalogue.get(entry.id).params + _besides(entry) == told["metadata"]["params"], entry.id
            continue
        if entry.kind == "DINOV3":  # told in round numbers
            assert catalogue.get(entry.id).params == pytest.approx(told["metadata"]["params"], rel=0.015)
            continue
        scales = 2 * entry.layers if entry.kind == "DINOV2" else 0
        ours, theirs = catalogue.get(entry.id).params, told["metadata"]["params"]
        assert (theirs - ours) / entry.width == more[entry.kind] + scales, entry.id


def _besides(entry: PublishedTransformer) -> int:
    """Numbers of CLIP's whole network that ours has not: the encoder of texts (77 tokens of 49,408), two
    projections and their scale, the numbers of the places, and the token of the whole picture.
    """
    width, count = {768: (512, 12), 1024: (768, 12), 1280: (1024, 24)}[entry.width]
    texts = (49_408 + 77 + 2) * width + count * (12 * width**2 + 13 * width)
    places = (entry.input_size // entry.patch) ** 2 + 1
    return texts + width * (entry.width + width) + 1 + places + entry.width


def test_a_preset_in_the_weights_folder_needs_no_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFT_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert not weights.is_ready(catalogue.get(DEIT))
    with pytest.raises(WeightsError, match="DeiT tiny could not be downloaded"):
        loader.load(DEIT)
    entry = short_transformer(DEIT, SIDE * BY_ID[DEIT].patch)
    describe_in_catalogue(entry, monkeypatch)
    folder = (tmp_path / catalogue.get(DEIT).weights_file).parent
    theirs = put_transformer(entry, folder)
    assert weights.is_ready(catalogue.get(DEIT))
    steps: list[tuple[str, int, int]] = []
    ours = loader.load(DEIT, on_progress=lambda *step: steps.append(step))
    assert steps[0] == ("DeiT tiny", 0, catalogue.get(DEIT).download_bytes)
    raw, converted = pictures(entry, entry.input_size)
    np.testing.assert_allclose(ours(raw), as_map(theirs, converted, entry), atol=1e-4)
    converter = folder / "image_converter.json"
    converter.write_text(converter.read_text().replace("-2.1", "-1.1"))
    with pytest.raises(WeightsError, match="wants its colours otherwise"):
        loader.load(DEIT)


@pytest.mark.parametrize("id", ["siglip2_base_patch16_224", "clip_vit_base_patch32"])
def test_of_two_encoders_that_of_pictures_is_taken(
    id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFT_WEIGHTS", str(tmp_path))
    whole = BY_ID[id]
    entry = msgspec.structs.replace(small(whole.id), input_size=SIDE * whole.patch, layers=1)
    theirs = put_transformer(entry, (tmp_path / catalogue.get(whole.id).weights_file).parent)
    ours = vision_transformer.build(entry, entry.input_size)
    hub_weights.load(ours, entry, entry.input_size, None)
    raw, converted = pictures(entry, entry.input_size)
    np.testing.assert_allclose(ours(raw), as_map(theirs, converted, entry), atol=2e-5)


def test_another_activation_than_published_is_refused() -> None:
    entry = small("clip_vit_base_patch32")
    theirs = hub_network(msgspec.structs.replace(entry, is_quick=False), SIDE * entry.patch)
    with pytest.raises(WeightsError, match="its activation is gelu"):
        hub_weights.assign(vision_transformer.build(entry, SIDE * entry.patch), entry, theirs)


def test_random_weights_differ_from_layer_to_layer() -> None:
    network = vision_transformer.build(small("dinov2_giant"), SIDE * 14)
    for name in ("attention", "gate", "dense1", "dense2"):
        first, second = (network.get_layer(f"layer{number}_{name}").get_weights()[0] for number in (1, 2))
        assert not np.array_equal(first, second)
    gate, rest = (network.get_layer(f"layer1_{name}").get_weights()[0] for name in ("gate", "dense1"))
    assert not np.array_equal(gate, rest)


def test_numbers_that_are_not_finite_go_through() -> None:
    """A training that runs away ends in a sentence, which the loss gives: nothing breaks on the way."""
    network = vision_transformer.build(small("dinov2_with_registers_small"), SIDE * 14)
    patches = network.get_layer("patches")
    patches.set_weights([np.full(weight.shape, np.nan) for weight in patches.get_weights()])
    assert np.isnan(network(pictures(small("dinov2_small"), SIDE * 14)[0])).any()


def test_dinov3_turns_as_many_numbers_as_there_are_whatever_their_share_of_one() -> None:
    """4 / 196 is no number of a computer's: steps of it come to 1 one step late."""
    entry = msgspec.structs.replace(small("dinov3_vit_small_lvd1689m"), layers=1, width=196, heads=1)
    assert vision_transformer.build(entry, SIDE * entry.patch).output_shape == (None, SIDE, SIDE, 392)
