"""The code of a run on texts, executed: it sees the same tokens and split, trains, and answers strings."""

from __future__ import annotations

import json
import runpy
import shutil
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from tests.fixtures.tiny_training import Graft, Trained
from tests.fixtures.written_code import eager
from tlcore import config as configuration
from tlcore.backbones.catalogue.text_facts import BY_ID
from tlcore.backbones.texts import loader
from tlcore.config import RunConfig
from tlcore.config.augmentation import AugmentationConfig
from tlcore.config.training import FineTuningConfig, HeadConfig, TrainingConfig
from tlcore.data.text_store import read_texts
from tlcore.errors import DataError
from tlcore.export.code import documents, files
from tlcore.export.code.common import values
from tlcore.export.code.common.values import CodeValues
from tlcore.graft.inputs.text_rows import encode
from tlcore.graft.network import build_text
from tlcore.runs.run import Run

LENGTH = 16
TUNED = RunConfig(
    unfreeze=1,
    input_size=LENGTH,
    head=HeadConfig(hidden=(8,)),
    training=TrainingConfig(epochs=1, batch_size=16, patience=0),
    fine_tuning=FineTuningConfig(epochs=1, batch_size=16),
)


def changed(trained: Trained, folder: Path, config: RunConfig) -> Run:
    """The run with other settings, on the same data."""
    shutil.copytree(trained.folder, folder, ignore=shutil.ignore_patterns("checkpoints", "exports"))
    own = Run(folder).config()
    config = msgspec.structs.replace(config, data=own.data, data_version=own.data_version, task="texts")
    (folder / "config.json").write_bytes(configuration.to_json(config))
    return Run(folder)


def test_the_script_reads_the_same_tokens_and_the_last_layer_learns(
    graft: Graft, trained_texts: Trained, short_minilm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(values, "class_weights", lambda counts: (1.2, 1.0, 0.8, 1.0))
    config = msgspec.structs.replace(TUNED, backbone=short_minilm)
    run = changed(trained_texts, tmp_path / "run", config)
    said = graft.call("code", run.folder, "--out", tmp_path / "code", "--json")
    assert said.code == 0, said.err
    script = tmp_path / "code" / "train.py"
    assert "tlcore" not in script.read_text()
    # Blends may put back the weights from before, which is right and shows nothing.
    script.write_text(script.read_text().replace("(0.0, 0.25, 0.5, 0.75, 1.0)", "(1.0,)"))
    with eager():
        found = runpy.run_path(str(script))
    texts = read_texts(run.dataset().folder)
    for part in ("train", "validation", "test"):
        own = [texts[example.sha256] for example, split in files.split_of(run) if split == part]
        assert own and found[f"x_{part}"].tolist() == own
    x = found["x_validation"]
    cut = np.asarray(found["before_cut"].predict(x)[0])
    theirs = build_text.build(run.config(), 4, LENGTH)
    ids = encode(x.tolist(), loader.tokenizer(short_minilm, LENGTH))
    np.testing.assert_allclose(cut, np.asarray(theirs.front(ids)[0]), atol=1e-4)
    np.testing.assert_allclose(found["f_validation"], theirs.phase_models[0].front(ids), atol=1e-4)
    ours, old = (m.get_layer("transformer_layer_1").get_weights() for m in (found["backbone"], theirs.model))
    assert any((one != other).any() for one, other in zip(ours, old, strict=True))
    assert (found["shares"][0], found["shares"][-1]) == pytest.approx((0.9, 1))
    label, chance = found["answer"]("Where is my parcel?")
    assert label in {*found["CLASSES"], "not sure"} and 0 < chance < 1


def some(**changes: Any) -> CodeValues:
    config = msgspec.structs.replace(RunConfig(task="texts"), **changes)
    return CodeValues(configuration.resolved(config, "texts"), ("a", "b"), scores=(0.9, 0.8))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"unfreeze": 2},
        {"unfreeze": "all"},
        {"unfreeze": "all", "pretrained": False},
        {"start_from": "/earlier"},
        {"start_from": "/earlier", "unfreeze": 2},
    ],
)
def test_every_code_is_python_in_lines_that_can_be_read(changes: dict[str, Any]) -> None:
    for backbone in BY_ID:
        text = documents.script(some(backbone=backbone, **changes))
        compile(text, "train.py", "exec")
        assert max(map(len, text.splitlines())) <= 110
        assert "backbone.keras" in text and not {"picture", "photo", "SIZE"} & {*text.split()}


def test_settings_that_play_no_part_for_texts_are_not_in_their_code(trained_texts: Trained) -> None:
    config = RunConfig(backbone="minilm_l6", augmentation=AugmentationConfig(views=3, mixup=0.4))
    own = values.of_settings(config, trained_texts.run.manifest())
    assert "x_views" not in (text := documents.script(own)) and "MIXUP" not in text


def test_the_texts_go_along_as_they_are(trained_texts: Trained, tmp_path: Path) -> None:
    run = changed(trained_texts, tmp_path / "run", msgspec.structs.replace(TUNED, backbone="minilm_l6"))
    assert files.bytes_of_pictures(run) == 0
    written = dict(files.files(run, False))
    rows = json.loads(bytes(written["texts.json"]))  # type: ignore[arg-type]
    assert {row["split"] for row in rows} == {"train", "validation", "test"} and len(rows) == 48
    assert b"keras-hub==" in bytes(written["requirements.txt"])  # type: ignore[arg-type]
    assert b"texts.json has the texts" in bytes(written["README.md"])  # type: ignore[arg-type]
    config = msgspec.structs.replace(run.config(), data=str(tmp_path / "gone"))
    (run.folder / "config.json").write_bytes(configuration.to_json(config))
    with pytest.raises(DataError):
        dict(files.files(run, False))
