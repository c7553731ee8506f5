"""What lies in a folder gives the features of KerasHub's own loader; sizes are those of the graph."""

from __future__ import annotations

import os
from pathlib import Path

import keras_hub
import ml_dtypes
import msgspec
import numpy as np
import pytest
from safetensors.numpy import save_file

from tests.fixtures.picture_folders import COLOURS, CONFIGS, SWIN, tensors, write
from tlcore.backbones.catalogue import catalogue, picture_folder
from tlcore.backbones.folders import folder_files
from tlcore.backbones.images import hub_weights, loader, moved_places, vision_transformer
from tlcore.commands.describe import images as describe_images
from tlcore.errors import BackboneError

PICTURES = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)


@pytest.mark.parametrize("name", CONFIGS)
def test_its_map_is_that_of_what_keras_hub_loads_from_it(name: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "own", name)
    ours = loader.load(f"folder:{folder}")
    theirs = keras_hub.models.Backbone.from_preset(str(folder))
    entry = picture_folder.read(folder).entry
    same = vision_transformer.build(msgspec.structs.replace(entry, id="same"), entry.input_size)
    hub_weights.assign(same, entry, theirs)
    np.testing.assert_allclose(ours(PICTURES), same(PICTURES), atol=2e-5)
    converted = (PICTURES / 255 - COLOURS["image_mean"]) / COLOURS["image_std"]
    if entry.kind in ("ViT", "DeiT"):  # of the others KerasHub's leaves its last normalisation out
        tokens = np.asarray(theirs(converted.astype(np.float32)))
        patches = np.asarray(ours(PICTURES)).reshape(2, 16, -1)[..., : entry.width]
        np.testing.assert_allclose(patches, tokens[:, entry.prefix :], atol=2e-5)


@pytest.mark.parametrize("name", ["vit", "registers", "gated", "dinov3", "dinov3_gated"])
def test_it_is_described_like_what_is_counted_in_the_graph(name: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "own", name)
    own = catalogue.get(f"folder:{folder}")
    counted = describe_images.blocks(loader.load(own.id, weights=None), own.family)
    assert own.blocks == counted


def test_a_swin_gives_what_keras_hub_loads_from_its_folder(tmp_path: Path) -> None:
    folder = write(tmp_path / "own", "swin")
    own = catalogue.get(f"folder:{folder}")
    ours = loader.load(own.id)
    assert own.blocks == describe_images.blocks(ours, own.family)
    pictures = PICTURES[:, :16, :16]
    converted = (pictures / 255 - COLOURS["image_mean"]) / COLOURS["image_std"]
    bare = {name.removeprefix("swin."): value for name, value in tensors(SWIN).items()}
    save_file(bare, folder / "model.safetensors")  # as KerasHub wants them, and as some are published
    wanted = np.asarray(keras_hub.models.Backbone.from_preset(str(folder))(converted.astype(np.float32)))
    np.testing.assert_allclose(np.asarray(ours(pictures)).reshape(wanted.shape), wanted, atol=2e-5)
    np.testing.assert_array_equal(loader.load(own.id)(pictures), ours(pictures))


def test_numbers_of_half_length_are_read(tmp_path: Path) -> None:
    folder = write(tmp_path / "own", "gated")
    whole = np.asarray(loader.load(f"folder:{folder}")(PICTURES))
    for kind, apart in ((ml_dtypes.bfloat16, 0.1), (np.float16, 0.01), (np.float64, 1e-6)):
        shorter = {name: value.astype(kind) for name, value in tensors(CONFIGS["gated"]).items()}
        save_file(shorter, folder / "model.safetensors")
        np.testing.assert_allclose(loader.load(f"folder:{folder}")(PICTURES), whole, atol=apart)


@pytest.mark.parametrize(("kind", "wrong"), [(np.float32, np.nan), (np.float16, np.inf), (np.float64, 1e300)])
def test_weights_that_are_no_numbers_are_refused(kind: type, wrong: float, tmp_path: Path) -> None:
    folder, bias = write(tmp_path / "own"), np.zeros(24, kind)
    bias[7] = wrong
    save_file(tensors(CONFIGS["vit"], vit__layernorm__bias=bias), folder / "model.safetensors")
    with pytest.raises(BackboneError, match=r"vit.layernorm.bias holds weights that are not finite numbers"):
        loader.load(f"folder:{folder}")


def test_fewer_patches_than_tokens_in_front_are_looked_at_as_well(tmp_path: Path) -> None:
    folder = write(tmp_path / "own", "dinov3", image_size=16, num_register_tokens=4)  # 4, and 5 in front
    entry, pictures = picture_folder.read(folder).entry, PICTURES[:, :16, :16]
    same = vision_transformer.build(msgspec.structs.replace(entry, id="same"), 16)
    hub_weights.assign(same, entry, keras_hub.models.Backbone.from_preset(str(folder)))
    np.testing.assert_allclose(loader.load(f"folder:{folder}")(pictures), same(pictures), atol=2e-5)


# One number of each place, 3 · 3 of them, moved by torch.nn.functional.interpolate (2.6, bicubic).
GIVEN = (np.arange(18).reshape(9, 2) ** 2 % 7).astype(np.float32)
MOVED = {
    (2, False): [0.90401, 2.36642, 2.50224, 2.65701],
    (2, True): [1.23857, 2.40516, 1.90108, 2.1149],
    (5, False): [-0.51686, 1.76973, 4.288, 3.20339, 1.78035],
    (5, True): [-0.40014, 1.53309, 4.22641, 2.97353, 1.83197],
}  # those of five: the first of them


@pytest.mark.parametrize(("side", "smooth"), MOVED)
def test_places_are_moved_as_torch_moves_them(side: int, smooth: bool) -> None:
    found = moved_places.to_side(GIVEN, side, smooth)
    assert found.dtype == np.float32
    wanted = MOVED[side, smooth]
    np.testing.assert_allclose(found[: len(wanted), 0], wanted, atol=1e-5)


def test_dinov2_of_smaller_pictures_has_its_places_moved_in_both_loaders(tmp_path: Path) -> None:
    folder = write(tmp_path / "own", "registers")
    colours = COLOURS | {"crop_size": {"height": 16, "width": 16}}
    (folder / "preprocessor_config.json").write_bytes(msgspec.json.encode(colours))
    entry = picture_folder.read(folder).entry
    same = vision_transformer.build(msgspec.structs.replace(entry, id="same"), 16)
    theirs = keras_hub.models.Backbone.from_preset(str(folder), image_shape=(16, 16, 3))
    hub_weights.assign(same, entry, theirs)
    pictures = PICTURES[:, :16, :16]
    np.testing.assert_allclose(loader.load(f"folder:{folder}")(pictures), same(pictures), atol=2e-5)


@pytest.mark.parametrize("name", ["vit", "registers", "dinov3"])
def test_pictures_of_another_size_move_the_places_as_in_the_catalogue(name: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "own", name)
    own = catalogue.get(f"folder:{folder}")
    ours = loader.load(own.id, 48)
    entry = picture_folder.read(folder).entry
    same = vision_transformer.build(msgspec.structs.replace(entry, id="same"), 48)
    hub_weights.assign(same, entry, keras_hub.models.Backbone.from_preset(str(folder)))
    pictures = np.random.default_rng(1).integers(0, 256, (1, 48, 48, 3), dtype=np.uint8)
    np.testing.assert_allclose(ours(pictures), same(pictures), atol=2e-5)
    assert catalogue.shape_at(own, own.blocks[-1], 48) == ours.output_shape[1:]


def test_built_anew_it_computes_the_same_from_the_same_weights(tmp_path: Path) -> None:
    """As the file of a model that was trained in half precision is: with the folder's small number, too."""
    id = f"folder:{write(tmp_path / 'own', layer_norm_eps=0.05)}"
    ours, again = loader.load(id), loader.load(id, weights=None)
    again.set_weights(ours.get_weights())
    np.testing.assert_array_equal(again(PICTURES), ours(PICTURES))


def test_what_was_built_ahead_is_not_used_once_the_folder_holds_another_model(tmp_path: Path) -> None:
    id = f"folder:{write(tmp_path / 'own')}"
    ahead = loader.build_ahead(id, None)
    assert loader.load(id) is ahead
    loader.build_ahead(id, None)
    write(tmp_path / "own", "dinov2", num_hidden_layers=3)
    assert {"layer3_norm1"} <= {layer.name for layer in loader.load(id).layers}


@pytest.mark.parametrize(
    ("bias", "said"),
    [(np.zeros(24, np.int32), "layernorm.bias is stored as I32"), (np.zeros(7, np.float32), "of 24, and in")],
)
def test_weights_that_changed_after_they_were_checked_are_checked_again(
    bias: np.ndarray, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "own")
    checked = picture_folder.read(folder)
    monkeypatch.setattr(picture_folder, "read", lambda _: checked)
    save_file(tensors(CONFIGS["vit"], vit__layernorm__bias=bias), folder / "model.safetensors")
    with pytest.raises(BackboneError, match=said):
        loader.load(f"folder:{folder}")


def test_a_file_that_is_cut_short_while_it_is_read_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "own")
    checked, header = picture_folder.read(folder), folder_files.tensors(folder)
    monkeypatch.setattr(picture_folder, "read", lambda _: checked)
    monkeypatch.setattr(folder_files, "tensors", lambda _: header)
    os.truncate(folder / "model.safetensors", 20_000)
    with pytest.raises(BackboneError, match="cannot be loaded"):
        loader.load(f"folder:{folder}")
