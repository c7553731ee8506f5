"""Strangers' `.keras` files: refused by what they ask for, before Keras is asked to load them."""

from __future__ import annotations

import importlib.util
import json
import re
import stat
import warnings
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.archives import a_zip
from tests.fixtures.tiny_training import Trained
from tlcore.errors import RunError
from tlcore.export.hand_on import keras_file

DENSE = {
    "module": "keras.layers",
    "class_name": "Dense",
    "registered_name": None,
    "config": {
        "name": "logits",
        "units": 3,
        "activation": {"module": "builtins", "class_name": "function", "config": "relu"},
        "dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}},
    },
}


def network(*layers: Any) -> dict[str, Any]:
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "registered_name": "Functional",
        "config": {"name": "graft", "layers": list(layers)},
    }


def a_model(path: Path, config: object, *more: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    content = config if isinstance(config, bytes) else json.dumps(config).encode()
    files = [("metadata.json", b"{}"), ("config.json", content), ("model.weights.h5", b"weights"), *more]
    with warnings.catch_warnings(action="ignore"):  # two of one name
        return a_zip(path, files, zipfile.ZIP_STORED)


def test_a_network_of_known_parts_passes(tmp_path: Path) -> None:
    asset = ("assets/layers/bert_tokenizer/vocabulary.txt", b"[PAD]")
    keras_file.check(a_model(tmp_path / "model.keras", network(DENSE), asset))


def layer(module: str | None, name: object, registered: str | None = None, **config: Any) -> dict[str, Any]:
    return {"module": module, "class_name": name, "registered_name": registered, "config": config}


def policy(config: object) -> dict[str, Any]:
    return {**layer("keras", "DTypePolicy"), "config": config}


def test_numbers_that_are_no_sizes_pass() -> None:
    masked = layer("keras.src.ops.numpy", "Where") | {"inbound_nodes": [{"args": [[-1e9, 0.5]]}]}
    half = layer("keras.layers", "ReLU", dtype=policy({"name": "mixed_float16"}), shared_object_id=10**14)
    keras_file.check_network(network(masked, half))


CODE = {"class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": None, "closure": None}}
ASKS, SIZE, FILE = "part that Graft does not know", "size that no model has", "asks for a file"
NUMBERS = "numbers of a kind"
HOSTILE: dict[str, tuple[Any, str]] = {
    "lambda": (network(layer("keras.layers", "Lambda", function=CODE)), ASKS),
    "code": (network({**DENSE, "config": {"activation": CODE}}), ASKS),
    "torch": (network(layer("keras.layers", "TorchModuleWrapper", wrapped="gASV")), ASKS),
    "saved model": (network(layer("keras.layers", "TFSMLayer", filepath="/tmp/evil")), ASKS),
    "system": (network(layer("os", "system", command="id")), ASKS),
    "no module": (network(layer(None, "Dense")), ASKS),
    "another registered": (network(layer("keras.layers", "Dense", "evil>Dense")), ASKS),
    "lookup": (network(layer("keras.layers", "StringLookup", vocabulary="/etc/passwd")), ASKS),
    "get file": (network(layer("keras.utils", "get_file", origin="http://127.0.0.1/")), ASKS),
    "odd name": (network(layer("keras.layers", ["Dense"])), ASKS),
    "odd module": (network({**DENSE, "module": {}}), ASKS),
    "hidden deep": (network({**DENSE, "build_config": [[{"x": [layer("os", "system")]}]]}), ASKS),
    "sequential": (
        {"module": "keras", "class_name": "Sequential", "config": {"layers": [DENSE]}},
        "no network",
    ),
    "vocabulary": (
        network(
            layer(
                "keras_hub.src.models.bert.bert_tokenizer",
                "BertTokenizer",
                "keras_hub>BertTokenizer",
                vocabulary="/etc/passwd",
            )
        ),
        FILE,
    ),
    "wide": (network(layer("keras.layers", "Dense", units=10**9)), SIZE),
    "wide, in a list": (network(layer("keras.layers", "Conv2D", kernel_size=[10**9, 1])), SIZE),
    "large picture": (network(layer("keras.layers", "InputLayer", batch_shape=[None, 50_000, 224, 3])), SIZE),
    "wide, in lists": (network(layer("keras.layers", "ZeroPadding2D", padding=[[1, 1], [10**9, 1]])), SIZE),
    "wide, no whole number": (network(layer("keras.layers", "UpSampling2D", size=[1e12, 1.0])), SIZE),
    "numbers": (network(layer("keras.layers", "Dense", dtype="int8_from_float32")), NUMBERS),
    "numbers of a policy": (network(policy({"name": "float8_from_float32"})), NUMBERS),
    "numbers of no policy": (network(policy(["float32"])), NUMBERS),
    "no object": ([1, 2], "cannot be read"),
    "nested": (b'{"class_name":"Functional","config":' + b"[" * 100_000, "cannot be read"),
    "no JSON": (b"\x80\x04", "cannot be read"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_asks_for_more_is_refused(name: str, tmp_path: Path) -> None:
    config, sentence = HOSTILE[name]
    with pytest.raises(RunError, match=sentence):
        keras_file.check(a_model(tmp_path / "model.keras", config))


def a_link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("assets/layers/bert_tokenizer/vocabulary.txt")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("entry", "content", "sentence"),
    [
        ("assets/../../evil.txt", b"x", "no model needs"),
        ("/etc/evil", b"x", "no model needs"),
        ("evil.py", b"x", "no model needs"),
        ("config.json", b"{}", "Two of its files have one name"),
        (a_link(), b"/etc/passwd", "It is a link"),
    ],
    ids=["climbs out", "absolute", "program", "twice", "link"],
)
def test_other_files_in_it_are_refused(
    entry: str | zipfile.ZipInfo, content: bytes, sentence: str, tmp_path: Path
) -> None:
    path = a_model(tmp_path / "model.keras", network(DENSE), (entry, content))
    with pytest.raises(RunError, match=sentence):
        keras_file.check(path)


def test_bombs_and_pieces_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.keras"
    files = [("config.json", json.dumps(network(DENSE)).encode()), ("model.weights.h5", bytes(3_000_000))]
    monkeypatch.setattr(keras_file, "SMALL", 1_000)
    with pytest.raises(RunError, match="It unpacks to 3 MB"):
        keras_file.check(a_zip(path, files))  # type: ignore[arg-type]
    with pytest.raises(RunError, match="other files than a model"):
        keras_file.check(a_zip(path, files[:1]))  # type: ignore[arg-type]
    path.write_bytes(a_model(path, network(DENSE)).read_bytes()[:200])
    with pytest.raises(RunError, match="damaged"):
        keras_file.check(path)
    monkeypatch.setattr(keras_file, "MOST_CONFIG", 100)
    with pytest.raises(RunError, match="too long"):
        keras_file.check(a_model(path, network(DENSE)))


def test_models_of_every_task_pass(
    trained: Trained, trained_texts: Trained, trained_detector: Trained, trained_segmenter: Trained
) -> None:
    for one in (trained, trained_texts, trained_detector, trained_segmenter):
        keras_file.check(one.run.model)


def test_every_layer_of_keras_applications_is_allowed() -> None:
    found = importlib.util.find_spec("keras")
    assert found and found.submodule_search_locations
    folder = Path(found.submodule_search_locations[0]) / "src" / "applications"
    sources = [path.read_text("utf-8") for path in folder.glob("*.py") if "utils" not in path.name]
    used = {name for source in sources for name in re.findall(r"layers\.([A-Z]\w+)\(", source)}
    assert "Conv2D" in used
    assert used - {"Input"} <= keras_file.ALLOWED["keras.layers"]
