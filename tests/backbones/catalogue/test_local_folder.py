"""A text backbone in a folder of one's own: MiniLM's, under another name."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from unittest import mock

import msgspec
import numpy as np
import pytest

from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.entry import FOLDER_PREFIX
from tlcore.backbones.folders import folder_files
from tlcore.backbones.texts import loader
from tlcore.backbones.weights import weights
from tlcore.errors import BackboneError
from tlcore.graft.inputs.text_rows import encode


@pytest.fixture
def own(short_minilm: str, tmp_path: Path) -> Path:
    """A copy of the short MiniLM's folder."""
    return Path(shutil.copytree(short_minilm.removeprefix(FOLDER_PREFIX), tmp_path / "my model"))


def test_it_is_described_like_what_is_counted_in_the_graph(minilm: str, tmp_path: Path) -> None:
    own = tmp_path / "my model"
    shutil.copytree(weights.minilm_folder(), own)
    mine = msgspec.structs.asdict(catalogue.get(f"folder:{own}"))
    counted = msgspec.structs.asdict(catalogue.get(minilm))
    same = (
        "task",
        "params",
        "macs",
        "input_size",
        "min_size",
        "features",
        "blocks",
        "pooling",
        "works_offline",
    )
    assert {key: mine[key] for key in same} == {key: counted[key] for key in same}
    assert mine["name"] == "my model" and weights.is_ready(catalogue.get(f"folder:{own}"))


def test_it_computes_what_the_catalogues_does(
    own: Path, short_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With KerasHub's activation, which comes near the exact one that `config.json` names."""
    monkeypatch.setenv("GRAFT_WEIGHTS", str(short_weights))
    config = json.loads((own / "config.json").read_text())
    (own / "config.json").write_text(json.dumps(config | {"hidden_act": "gelu_new"}))
    asked = ["Where is my parcel?", "Thank you!"]
    states = []
    for backbone in (f"folder:{own}", "minilm_l6"):
        ids = encode(asked, loader.tokenizer(backbone, 16))
        states.append(np.asarray(loader.load(backbone)(ids, training=False)[0]))
    assert states[0] == pytest.approx(states[1], abs=1e-6)


def test_a_tokenizer_is_loaded_once_until_its_folder_changes(own: Path) -> None:
    first = loader.tokenizer(f"folder:{own}", 16)
    assert loader.tokenizer(f"folder:{own}", 16) is first
    assert loader.tokenizer(f"folder:{own}", 17) is not first
    words = (own / "vocab.txt").read_text("utf-8").splitlines()
    (own / "vocab.txt").write_text("\n".join(f"{word}q" if word == "house" else word for word in words))
    changed = loader.tokenizer(f"folder:{own}", 16)
    ids = [encode(["house"], tokens) for tokens in (first, changed)]
    assert (ids[0] != ids[1]).any()


@pytest.mark.parametrize("name", ["config.json", "vocab.txt", "model.safetensors"])
def test_what_is_missing_is_named(own: Path, name: str) -> None:
    (own / name).unlink()
    with pytest.raises(BackboneError, match=f"{name} is missing"):
        catalogue.get(f"folder:{own}")


def test_nothing_there_and_other_architectures_are_refused(own: Path, tmp_path: Path) -> None:
    with pytest.raises(BackboneError, match="is missing there"):
        catalogue.get(f"folder:{tmp_path / 'nowhere'}")
    config = json.loads((own / "config.json").read_text())
    for strange in (
        {"model_type": "llama"},
        {"hidden_act": "relu"},
        {"position_embedding_type": "relative_key"},
    ):
        (own / "config.json").write_text(json.dumps(config | strange))
        with pytest.raises(BackboneError, match="built like BERT"):
            catalogue.get(f"folder:{own}")
    for wild in ({"num_hidden_layers": 10**9}, {"hidden_size": -8}, {"max_position_embeddings": 4096}):
        (own / "config.json").write_text(json.dumps(config | wild))
        with pytest.raises(BackboneError, match="cannot be used"):
            catalogue.get(f"folder:{own}")
    (own / "config.json").write_text("{")
    with pytest.raises(BackboneError, match="cannot be used"):
        catalogue.get(f"folder:{own}")


def test_weights_that_are_no_numbers_are_refused_before_a_network_is_built(own: Path) -> None:
    file = own / "model.safetensors"
    tensor = folder_files.tensors(own)["pooler.dense.bias"]
    with file.open("r+b") as weights_file:
        weights_file.seek(8 + int.from_bytes(weights_file.read(8), "little") + tensor.data_offsets[0])
        weights_file.write(np.float32(np.nan).tobytes())
    with (
        pytest.raises(BackboneError, match=r"pooler.dense.bias holds weights that"),
        mock.patch.object(loader, "_class", side_effect=AssertionError("a network was built")),
    ):
        loader.load(f"folder:{own}")
