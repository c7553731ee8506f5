"""Presets of keras-hub in folders: taken as they are, or refused in one sentence before anything is built."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.backbones.folders.test_local_folder_checks import linked
from tests.fixtures.preset_folders import BLOCK, CONFIG, CONVERTER, arrays, hub, write, write_weights
from tests.fixtures.refusals import is_refused_at_once
from tlcore.backbones.catalogue import catalogue, picture_folder
from tlcore.backbones.folders import hdf5_files
from tlcore.backbones.weights import weights
from tlcore.errors import BackboneError

Change = Callable[[Path], object]
QUERY = f"{BLOCK.replace('/', '__')}__mha__query_dense__vars__0"
NORM = "layers__vi_t_encoder__layer_norm__vars__0"


def config(**changes: Any) -> Change:
    return lambda folder: (folder / "config.json").write_text(hub("ViTBackbone", CONFIG | changes))


def told(name: str = "ViTBackbone", **changes: Any) -> Change:
    return lambda folder: (folder / "config.json").write_text(hub(name, CONFIG, **changes))


def converter(**changes: Any) -> Change:
    content = hub("ViTImageConverter", CONVERTER | changes)
    return lambda folder: (folder / "image_converter.json").write_text(content)


def weighted(given: dict[str, np.ndarray | None], **options: Any) -> Change:
    return lambda folder: write_weights(folder / "model.weights.h5", arrays(**given), **options)


def h5(change: Callable[[h5py.File], object]) -> Change:
    def put(folder: Path) -> None:
        with h5py.File(folder / "model.weights.h5", "a") as file:
            change(file)

    return put


def bits(at: int, content: bytes) -> Change:
    """Other bytes at a place of the weights."""

    def put(folder: Path) -> None:
        with (folder / "model.weights.h5").open("r+b") as file:
            file.seek(at)
            file.write(content)

    return put


def newer(folder: Path) -> None:
    with h5py.File(folder / "model.weights.h5", "w", libver="latest") as file:
        file["layers/dense/vars/0"] = np.zeros(3, np.float32)


def going_on(*blocks: tuple[int, int]) -> Change:
    """A file of one header, which goes on in these blocks: places and lengths."""
    start = hdf5_files.SIGNATURE + bytes([0, 0, 0, 0, 0, 8, 8]) + bytes(17)
    start = start[:24] + struct.pack("<4Q", 0, 0, 1_000_000, 0) + bytes(8) + struct.pack("<Q", 96)
    told = b"".join(struct.pack("<HHB3xQQ", 16, 16, 0, *block) for block in blocks)
    header = struct.pack("<BBHII4x", 1, 0, 1_000, 1, len(told)) + told
    whole = start.ljust(96, b"\0") + header + struct.pack("<HHI", 0, 0xFFF8, 0) * 125_000  # long parts
    return lambda folder: (folder / "model.weights.h5").write_bytes(whole)


def in_parts(*names: str) -> Change:
    """A list of parts, beside no single file."""
    shards = json.dumps({"metadata": {}, "weight_map": {f"/{name}": name for name in names}})

    def put(folder: Path) -> None:
        (folder / "model.weights.h5").unlink()
        (folder / "model.weights.json").write_text(shards)

    return put


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (config(hidden_dim=8_000, num_heads=8), "1 × 1 × 8,000, and in model.weights.h5 it has"),
        (config(hidden_dim=10**9), "config.json cannot be used"),
        (config(hidden_dim=-24), "config.json cannot be used"),
        (config(hidden_dim={"class_name": "Lambda"}), "config.json cannot be used"),
        (config(num_layers=10**9), "config.json cannot be used"),
        (config(num_layers=None), "config.json cannot be used"),
        (config(num_layers=3), "asks for layers/vi_t_encoder/encoder_layers/vi_t_encoder_block_2/"),
        (config(num_layers=1), "more layers than the 1 of"),
        (config(num_heads=4), "24 × 4 × 6, and in model.weights.h5 it has 24 × 3 × 8"),
        (config(num_heads=5), "a width of 24 among 5 heads"),
        (config(mlp_dim=64), "24 × 64, and in model.weights.h5 it has 24 × 32"),
        (config(image_shape=[64, 64, 3]), "65 × 24, and in model.weights.h5 it has 17 × 24"),
        (config(image_shape=[32, 32, 1]), "not of three colours"),
        (config(image_shape="32"), "not of three colours"),
        (config(image_shape=[32, 24, 3]), "has: image_size [32, 24]"),
        (config(use_class_token=False), "has: use_class_token False"),
        (config(layer_norm_epsilon=0), "config.json cannot be used"),
        (told("EvilBackbone"), "are read from a folder"),
        (told("Evil", model_type="ViTBackbone"), "asks for Evil, which is unknown"),
        (told("DINOV2Backbone", config=CONFIG | {"intermediate_dim": 10**400}), "config.json cannot be used"),
        (told("DINOV2Backbone", config=CONFIG | {"intermediate_dim": 9, "hidden_dim": 10**400}), "cannot be"),
        (told(registered_name="builtins>eval"), "asks for builtins>eval, which is unknown"),
        (told(config=[]), "config.json cannot be used"),
        (told("SwinTransformerBackbone"), "config.json cannot be used"),
        (lambda folder: (folder / "config.json").write_text("{}"), "names no model_type"),
        (lambda folder: (folder / "config.json").write_text('{"a":' * 50_000), "config.json cannot be used"),
        (lambda folder: (folder / "config.json").write_text(" " * 2_000_000), "config.json is too large"),
        (converter(scale=[1, 2]), "where three numbers should be"),
        (converter(scale="1"), "where three numbers should be"),
        (converter(scale=0), "multiplies colours by"),
        (converter(scale=1e30), "multiplies colours by"),
        (converter(scale=-1.0), "image_converter.json cannot be used"),
        (converter(offset=[1e30] * 3), "adds [1e+30, 1e+30, 1e+30] to colours"),
        (converter(offset=10**400), "to colours"),
        (converter(offset=-1e5), "image_converter.json cannot be used"),
        (lambda folder: (folder / "image_converter.json").write_text("[]"), "image_converter.json cannot be"),
        (lambda folder: (folder / "image_converter.json").unlink(), "image_converter.json is missing"),
        (lambda folder: (folder / "model.weights.h5").unlink(), "model.weights.h5 is missing"),
        (lambda folder: os.replace(folder / "model.weights.h5", folder / "model.pkl"), "h5 is missing"),
        (linked("model.weights.h5", "/dev/zero"), "model.weights.h5 is missing"),
        (weighted({QUERY: None}), "query_dense/vars/0, which model.weights.h5 does not hold"),
        (weighted({QUERY: np.zeros((24, 24), np.float32)}), "and in model.weights.h5 it has 24 × 24"),
        (weighted({NORM: np.zeros(24, np.int32)}), "not of floating-point numbers"),
        (weighted({NORM: np.zeros(24, ">f4")}), "not of floating-point numbers"),
        (weighted({}, chunks=True), "in one piece"),
        (weighted({}, compression="gzip"), "compressed numbers"),
        (h5(lambda file: file.__setitem__("layers/more", h5py.ExternalLink("/etc/passwd", "/"))), "links"),
        (h5(lambda file: file.__setitem__("layers/more", h5py.SoftLink("/layers"))), "links"),
        (h5(lambda file: file.__setitem__("layers/more", file["layers"])), "circle"),
        (h5(lambda file: file.__setitem__(f"layers/{'a' * 600}", np.zeros(3))), "a name is too long"),
        (going_on(*[(5_000, 8)] * 2), "circle"),
        (going_on(*((8 * at, 900_000) for at in range(1_000, 1_090))), "its parts overlap"),
        (newer, "no HDF5 file as Keras writes one"),
        (lambda folder: (folder / "model.weights.h5").write_bytes(b"\x80\x04K\x01."), "bytes at 0"),
        (lambda folder: (folder / "model.weights.h5").write_bytes(b"\x80" * 5_000), "no HDF5 file"),
        (lambda folder: os.truncate(folder / "model.weights.h5", 50_000), "it claims"),
        (bits(24, b"\x08"), "it claims"),
        (bits(40, b"\xff" * 8), "it claims"),
        (bits(64, b"\xff" * 8), "and has"),
        (bits(64, b"\0" * 8), "another version"),
        (in_parts("../../etc/passwd"), "names other files"),
        (in_parts("model_00000.weights.h5"), "model_00000.weights.h5 is missing"),
        (in_parts(*(f"model_{number:05}.weights.h5" for number in range(101))), "names other files"),
    ],
)
def test_what_does_not_belong_together_is_refused_at_once(change: Change, said: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "tiny")
    change(folder)
    is_refused_at_once(folder, said, longest=700)


def test_an_epsilon_that_nothing_is_said_of_is_keras_hubs(tmp_path: Path) -> None:
    folder = write(tmp_path / "tiny")
    kept = {key: value for key, value in CONFIG.items() if key != "layer_norm_epsilon"}
    told(config=kept)(folder)
    assert picture_folder.read(folder).entry.epsilon == 1e-6


def test_every_broken_byte_of_its_list_is_refused_in_words_or_harmless(tmp_path: Path) -> None:
    """Whatever the bytes are, they end in a list, or in a sentence, and in no other error."""
    path = write(tmp_path / "tiny") / "model.weights.h5"
    whole, draw = path.read_bytes(), np.random.default_rng(0)
    refused = 0
    for round in range(300):
        broken = bytearray(whole)
        for at in draw.integers(0, len(whole) if round % 2 else 5_000, 40):
            broken[at] = draw.integers(0, 256)
        path.write_bytes(broken)
        try:
            hdf5_files.arrays(path)
        except BackboneError:
            refused += 1
    assert refused > 100


def test_one_in_parts_is_read_like_one_in_a_piece(tmp_path: Path) -> None:
    folder = write(tmp_path / "my preset")
    whole = catalogue.get(f"folder:{folder}")
    assert (whole.name, whole.family, whole.input_size, whole.features) == ("my preset", "ViT", 32, 48)
    assert whole.works_offline and weights.is_ready(whole)
    made = list(arrays().items())
    in_parts("model_00000.weights.h5", "model_00001.weights.h5")(folder)
    for number, some in enumerate((made[:20], made[20:])):
        write_weights(folder / f"model_{number:05}.weights.h5", dict(some))
    parts = catalogue.get(f"folder:{folder}")
    assert parts.blocks == whole.blocks and weights.is_ready(parts)
    write_weights(folder / "model_00001.weights.h5", dict(made))
    with pytest.raises(BackboneError, match=r"and so does model_00000.weights.h5"):
        catalogue.get(f"folder:{folder}")
