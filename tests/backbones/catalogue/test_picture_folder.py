"""Vision transformers in folders: taken as they are, or refused in one sentence before anything is built."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from tests.backbones.folders.test_local_folder_checks import linked
from tests.fixtures.picture_folders import COLOURS, CONFIGS, tensors, write
from tests.fixtures.refusals import is_refused_at_once
from tlcore.backbones.catalogue import catalogue, picture_folder
from tlcore.backbones.folders import folder_files
from tlcore.backbones.weights import weights
from tlcore.commands.shared import values
from tlcore.config import RunConfig
from tlcore.errors import BackboneError
from tlcore.export.formats.formats import NOT_OF_TRANSFORMERS, PAGE_BYTES, formats_of

CONFIG = CONFIGS["vit"]
PATCHES = "vit.embeddings.patch_embeddings.projection.weight"
Change = Callable[[Path], object]


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return write(tmp_path / "tiny")


def config(**changes: Any) -> Change:
    return lambda folder: (folder / "config.json").write_text(json.dumps(CONFIG | changes))


def colours(**changes: Any) -> Change:
    return lambda folder: (folder / "preprocessor_config.json").write_text(json.dumps(COLOURS | changes))


def weighted(**changes: np.ndarray | None) -> Change:
    return lambda folder: save_file(tensors(CONFIG, **changes), folder / "model.safetensors")


def header(lines: object, after: int = 0, claimed: int | None = None) -> Change:
    """A file with that header; `after`: bytes behind it that take no room on the disk."""

    def put(folder: Path) -> None:
        content = json.dumps(lines).encode()
        with (folder / "model.safetensors").open("wb") as file:
            file.write((len(content) if claimed is None else claimed).to_bytes(8, "little") + content)
            file.truncate(8 + len(content) + after)

    return put


def lines(dtype: str = "F32", bytes_each: int = 4, step: int = 1) -> dict[str, object]:
    """The header of the tiny model, its numbers of another kind, or all of them lying on one another."""
    made, at = {}, 0
    for name, value in tensors(CONFIG).items():
        size = value.size * bytes_each
        made[name] = {"dtype": dtype, "shape": value.shape, "data_offsets": [at, at + size]}
        at += step * size
    return made


def huge(folder: Path) -> None:
    """A model that is what it says it is, and has 60 GB of weights: a file of nothing."""
    wide = {"hidden_size": 8192, "num_attention_heads": 64, "intermediate_size": 65_536}
    config(**wide, num_hidden_layers=12)(folder)


ZEROS = np.zeros(24, np.float32)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (config(hidden_size=8_000, num_attention_heads=8), "1 × 1 × 8,000, and in model.safetensors it"),
        (config(hidden_size=10**9), "config.json cannot be used"),
        (config(num_hidden_layers=10**9), "config.json cannot be used"),
        (config(image_size=10**9), "config.json cannot be used"),
        (config(image_size=[32, 24]), "has: image_size [32, 24]"),
        (config(patch_size=0), "config.json cannot be used"),
        (config(hidden_size=-24), "config.json cannot be used"),
        (config(hidden_size=24.5), "config.json cannot be used"),
        (config(layer_norm_eps=0.0), "config.json cannot be used"),
        (lambda folder: (folder / "config.json").write_text('{"model_type": "vit"}'), "cannot be used"),
        (lambda folder: (folder / "config.json").write_text("{"), "config.json cannot be used"),
        (lambda folder: (folder / "config.json").write_text(" " * 2_000_000), "config.json is too large"),
        (config(num_attention_heads=5), "a width of 24 among 5 heads"),
        (config(patch_size=7), "32 pixels into patches of 7, which leaves a rest"),
        (config(intermediate_size=None), "nothing of intermediate_size"),
        (config(hidden_act="relu"), "hidden_act relu"),
        (config(num_channels=1), "num_channels 1"),
        (config(qkv_bias=False), "qkv_bias False"),
        (config(model_type="dinov3_vit", query_bias=False), "query_bias False"),
        (config(model_type="dinov3_vit", rope_theta=1e4), "rope_theta 10000.0"),
        (config(model_type="dinov3_vit", rope_parameters={"rope_theta": 7}), "rope_theta 7.0"),
        (config(model_type="dinov3_vit", use_gated_mlp=True), "hidden_act gelu"),
        (config(model_type="dinov3_vit", num_attention_heads=4), "a width that four does not divide"),
        (config(model_type="dinov2", mlp_ratio=1e-9), "nothing of"),
        (huge, "more than 20 GB"),
        (config(num_hidden_layers=3), "asks for encoder.layer.2.layernorm_before.weight, which"),
        (config(num_hidden_layers=1), "more layers than the 1 of"),
        (config(intermediate_size=64), "64 × 24, and in model.safetensors it has 32 × 24"),
        (config(image_size=64), "1 × 65 × 24, and in model.safetensors it has 1 × 17 × 24"),
        (config(model_type="deit"), "1 × 18 × 24, and in model.safetensors it has 1 × 17 × 24"),
        (config(model_type="dinov2"), "asks for encoder.layer.0.norm1.weight, which"),
        (config(model_type="vit_mae"), "like ViT, DeiT, DINOv2, DINOv3 or Swin"),
        (colours(image_mean=[0.5, 0.5]), "preprocessor_config.json cannot be used"),
        (colours(image_mean=[0.5, 0.5, 1e30]), "preprocessor_config.json cannot be used"),
        (colours(image_mean=[0.5, 0.5, -3]), "preprocessor_config.json cannot be used"),
        (colours(image_std=[0.5, 0.5, 0]), "preprocessor_config.json cannot be used"),
        (colours(image_mean=None), "nothing of image_mean"),
        (colours(do_rescale=False), "does not divide colours by 255"),
        (colours(rescale_factor=1 / 127.5), "does not divide colours by 255"),
        (
            lambda folder: (folder / "preprocessor_config.json").write_text('{"image_std": [NaN, 1, 1]}'),
            "preprocessor_config.json cannot be used",
        ),
        (
            lambda folder: (folder / "preprocessor_config.json").write_text('{"image_std": [1e999, 1, 1]}'),
            "preprocessor_config.json cannot be used",
        ),
        (weighted(**{PATCHES.replace(".", "__"): None}), "projection.weight, which"),
        (weighted(vit__layernorm__bias=np.zeros((24, 1), np.float32)), "of 24, and in model.safet"),
        (weighted(vit__layernorm__bias=np.zeros(24, np.int32)), "stored as I32, and only"),
        (weighted(vit__embeddings__cls_token=None), "does not hold embeddings.cls_token"),
        (weighted(deit__embeddings__cls_token=ZEROS.reshape(1, 1, 24)), "holds 2 models"),
        (header({}), "does not hold embeddings.cls_token"),
        (header([]), "cannot be read"),
        (header({}, claimed=10**15), "claims 1,000,000,000,000,000 bytes"),
        (header(lines(), 10), "lies outside the file"),
        (header(lines(bytes_each=2), 10**6), "another size than its shape says"),
        (header(lines(step=0), 20_000), "larger than the file, or overlap"),
        (header(lines("F8_E4M3", 1), 10**6), "stored as F8_E4M3"),
        (lambda folder: (folder / folder_files.INDEX).write_text("{}"), "over several files"),
        (
            lambda folder: (folder / "preprocessor_config.json").unlink(),
            "preprocessor_config.json is missing",
        ),
        (lambda folder: os.replace(folder / "model.safetensors", folder / "pytorch_model.bin"), "is missing"),
        (linked("model.safetensors", "/dev/zero"), "model.safetensors is missing"),
        (linked("preprocessor_config.json", "/nowhere"), "preprocessor_config.json is missing"),
        (linked("config.json", "."), "config.json is missing"),
    ],
)
def test_what_does_not_belong_together_is_refused_at_once(change: Change, said: str, tiny: Path) -> None:
    change(tiny)
    is_refused_at_once(tiny, said, longest=700)


@pytest.mark.parametrize("name", CONFIGS)
def test_each_kind_is_taken(name: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "my eyes", name)
    entry = catalogue.get(f"folder:{folder}")
    assert (entry.name, entry.task, entry.input_size, entry.features) == ("my eyes", "images", 32, 48)
    assert [block.name for block in entry.blocks] == ["stem", "layer1", "layer2"]
    assert entry.works_offline and entry.patch == 8 and weights.is_ready(entry)
    assert catalogue.serves(entry, "images") and not catalogue.serves(entry, "detection")
    assert catalogue.reads(entry.id) == "images"


def test_names_may_stand_without_that_of_the_model(tiny: Path) -> None:
    bare = {name.removeprefix("vit."): value for name, value in tensors(CONFIG).items()}
    save_file(bare, tiny / "model.safetensors")
    assert picture_folder.read(tiny).prefix == ""


def test_dinov2_is_used_with_pictures_of_the_size_that_they_are_cut_to(tmp_path: Path) -> None:
    folder = write(tmp_path / "dino", "dinov2")
    for crop, size in (
        ({"height": 16, "width": 16}, 16),
        (24, 24),
        ({"height": 16, "width": 24}, 32),
        (20, 32),
    ):
        colours(crop_size=crop)(folder)
        assert catalogue.get(f"folder:{folder}").input_size == size
    colours(crop_size=16)(write(tmp_path / "vit"))
    assert catalogue.get(f"folder:{tmp_path / 'vit'}").input_size == 32  # its places are those of one size


@pytest.mark.parametrize("told", [{"image_size": [32, 32], "patch_size": [8, 8]}, {"rope_parameters": None}])
def test_settings_may_be_written_otherwise(told: dict[str, Any], tmp_path: Path) -> None:
    folder = write(tmp_path / "dino", "dinov3", **told)
    assert catalogue.get(f"folder:{folder}").input_size == 32


@pytest.mark.parametrize(("name", "cut"), [("dinov2", 16), ("dinov3", 24)])
def test_pictures_are_cut_where_the_file_says_so(name: str, cut: int, tmp_path: Path) -> None:
    """Where it says nothing, DINOv2's are and DINOv3's are not."""
    folder = write(tmp_path / "dino", name)
    for says, size in ((None, cut), (True, 16), (False, 24)):
        colours(do_center_crop=says, crop_size=16, size=24)(folder)
        assert catalogue.get(f"folder:{folder}").input_size == size


def test_its_own_size_is_taken_also_where_it_is_larger_than_others_may_be(tmp_path: Path) -> None:
    own = catalogue.get(f"folder:{write(tmp_path / 'large', image_size=640, patch_size=64)}")
    assert catalogue.takes(own, own.input_size)


def test_colours_that_nothing_is_done_to_enter_as_they_are(tiny: Path) -> None:
    colours(do_normalize=False)(tiny)
    entry = picture_folder.read(tiny).entry
    assert (entry.mean, entry.deviation) == ((0, 0, 0), (1, 1, 1))


def test_a_finished_model_needs_its_folder_for_no_format(tiny: Path) -> None:
    before = formats_of("images", f"folder:{tiny}")
    assert not {one.id for one in before} & NOT_OF_TRANSFORMERS
    (tiny / "config.json").unlink()
    assert formats_of("images", f"folder:{tiny}") == before
    large = {one.id for one in formats_of("images", f"folder:{tiny}", size=PAGE_BYTES + 1)}
    assert large == {one.id for one in before} - {"web"}
    run = RunConfig(backbone=f"folder:{tiny}", task="images")
    assert catalogue.task_of(run) == "images"


@pytest.mark.parametrize("name", ["tiny", "~nobody-here", f"/{'a' * 300}", ".", ""])
def test_what_leads_to_no_folder_is_refused_and_a_finished_run_on_it_still_listed(
    name: str, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a run from somebody else only the folder's name is known: one here that is called so is another."""
    monkeypatch.chdir(tiny if name == "." else tiny.parent)
    with pytest.raises(BackboneError):
        catalogue.get(f"folder:{name}")
    assert catalogue.reads(f"folder:{name}") == "texts"


def test_a_folder_that_nobody_may_look_into_is_refused(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", refuse)
    with pytest.raises(BackboneError, match="cannot be read: Permission denied"):
        catalogue.get(f"folder:{tiny}")


def test_the_command_line_makes_a_folders_path_whole(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tiny.parent)
    assert values.backbone("folder:tiny") == catalogue.get(values.backbone("folder:tiny")).id
    assert values.backbone("mobilenet_v2") == "mobilenet_v2"
