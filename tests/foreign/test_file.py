"""A stranger's `.keras` file: a clean copy of what calculates, and nothing of what asks for more."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.export.hand_on.test_keras_file import DENSE, HOSTILE, a_link, a_model, layer, network
from tests.fixtures.foreign_models import saved, with_softmax
from tlcore.errors import RunError
from tlcore.foreign import file


def config_of(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        assert set(archive.namelist()) == {"metadata.json", "config.json", "model.weights.h5"}
        found: dict[str, Any] = json.loads(archive.read("config.json"))
        return found


def test_how_it_was_compiled_and_regularised_is_left_behind(tmp_path: Path) -> None:
    source = saved(with_softmax(), tmp_path)
    assert "adam" in str(config_of(source)).lower() and "L2" in str(config_of(source))
    file.copy_clean(source, tmp_path / "copy.keras")
    copy = config_of(tmp_path / "copy.keras")
    assert copy["compile_config"] is None and "L2" not in str(copy) and "adam" not in str(copy).lower()
    assert "RandomFlip" in str(copy)


def test_half_precision_is_made_whole(tmp_path: Path) -> None:
    half = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "mixed_float16"}}
    dense = {**DENSE, "config": {**DENSE["config"], "dtype": half}}
    file.copy_clean(a_model(tmp_path / "a.keras", network(dense)), tmp_path / "b.keras")
    assert "float16" not in str(config_of(tmp_path / "b.keras"))


TAKEN = ("sequential", "get file", "numbers of a policy", "numbers of no policy")  # or put right in the copy
REFUSED = {name: case for name, case in HOSTILE.items() if name not in TAKEN} | {
    "compiled with code": (
        network({**DENSE, "build_config": {"x": layer("os", "system", command="id")}}),
        "part that Graft does not know",
    ),
    "a layer of somebody's": (network(layer("my_code", "MyLayer", "my>MyLayer")), "does not know"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_asks_for_more_is_refused_before_keras_sees_it(name: str, tmp_path: Path) -> None:
    config, sentence = REFUSED[name]
    with pytest.raises(RunError, match=sentence) as caught:
        file.copy_clean(a_model(tmp_path / "model.keras", config), tmp_path / "copy.keras")
    assert "Keras's own layers" in str(caught.value) and not (tmp_path / "copy.keras").exists()


def test_other_files_in_it_are_refused(tmp_path: Path) -> None:
    evil = [
        ("assets/../../evil.txt", b"x"),
        ("/etc/evil", b"x"),
        ("evil.py", b"x"),
        (a_link(), b"/etc/passwd"),
    ]
    for entry, content in evil:
        path = a_model(tmp_path / "model.keras", network(DENSE), (entry, content))
        with pytest.raises(RunError, match="is not opened"):
            file.copy_clean(path, tmp_path / "copy.keras")
    asset = ("assets/text_vectorization/_lookup_layer/vocabulary.txt", b"a")
    with pytest.raises(RunError, match="it reads texts"):
        file.copy_clean(a_model(tmp_path / "model.keras", network(DENSE), asset), tmp_path / "copy.keras")


def test_pieces_and_giants_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = a_model(tmp_path / "model.keras", network(DENSE))
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(RunError, match="damaged"):
        file.copy_clean(path, tmp_path / "copy.keras")
    monkeypatch.setattr(file, "LARGEST_FILE", 100)
    with pytest.raises(RunError, match="too large"):
        file.copy_clean(path, tmp_path / "copy.keras")
