"""`export` of a run: the file, its proof in words and as JSON, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from filelock import FileLock

from tests.fixtures.tiny_network import tiny_run
from tests.fixtures.tiny_training import Graft, Trained
from tlcore.export.model_export import ModelExport
from tlcore.runs.run import Run


def test_a_file_is_taken_out_with_what_a_program_must_know(
    graft: Graft, trained: Trained, tmp_path: Path
) -> None:
    run = tiny_run(trained, tmp_path / "run").folder
    said = graft.call("export", run, "--format", "litert", "--out", tmp_path / "phone.tflite", "--json")
    assert said.code == 0, said.err
    assert said.json["state"] == "done" and said.json["same"] == said.json["n"] == 12
    assert said.json["file"] == str(tmp_path / "phone.tflite")
    assert (tmp_path / "phone.tflite").read_bytes()[4:8] == b"TFL3"
    told = json.loads((tmp_path / "phone.json").read_text())
    assert told["labels"] == list(trained.run.labels()) and told["input"]["size"] == 64
    assert ModelExport(Run(run), "litert").recorded().state == "done"

    again = graft.call("export", run, "--format", "litert", "--out", tmp_path / "phone.tflite")
    assert again.code == 2 and "already" in again.err
    again = graft.call("export", run, "--format", "litert", "--out", tmp_path / "phone.tflite", "--force")
    assert again.code == 0 and "12 of 12 the same answer" in again.out


def test_what_cannot_be_is_said_in_a_sentence(graft: Graft, trained: Trained, tmp_path: Path) -> None:
    run = shutil.copytree(trained.folder, tmp_path / "run")
    for words, sentence in (
        ((run, "--format", "coco"), "No such format"),
        ((tmp_path, "--format", "onnx"), "There is no run in that folder"),
        ((run, "--format", "wishes"), "Argument --format: invalid choice"),
    ):
        said = graft.call("export", *words)
        assert said.code == 2 and sentence in said.err
    export = ModelExport(Run(run), "onnx")
    export.folder.mkdir(parents=True)
    with FileLock(export.folder / ".lock"):
        said = graft.call("export", run, "--format", "onnx")
    assert said.code == 2 and "at work already" in said.err
    (run / "model.keras").unlink()
    said = graft.call("export", run)
    assert said.code == 2 and "no model yet" in said.err
