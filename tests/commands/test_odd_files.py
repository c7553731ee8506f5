"""Paths that are neither files nor folders, and files without an end: refused before anything is read."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.fixtures.many_runs import write_run
from tests.fixtures.tiny_training import Graft, Trained
from tlcore.config import RunConfig

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="pipes, devices and limits of memory")
MEMORY = 5_000_000_000  # bytes, above what commands ask for: without an end, a file would take them all


def ended(graft: Graft, *words: object) -> tuple[int, str]:
    """Exit code and standard error of a command that may not wait and may not take much."""
    limit = (MEMORY, MEMORY)
    process = graft.spawn(*words, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, limit))
    try:
        _, said = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        said = process.communicate()[1]
    return process.returncode, said


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        *(("train", kind) for kind in ("pipe", "device", "large", "folder")),
        ("find-rate", "pipe"),
        ("experiment", "device"),
    ],
)
def test_only_an_ordinary_configuration_file_is_opened(
    command: str, kind: str, graft: Graft, coloured: Path, pipe: Path, tmp_path: Path
) -> None:
    large = tmp_path / "large.json"
    large.touch()
    os.truncate(large, 8_000_000_000)
    file = {"pipe": pipe, "device": "/dev/zero", "large": large, "folder": tmp_path}[kind]
    words = [command, *(["race"] if command == "experiment" else []), coloured, "--config", file]
    code, said = ended(graft, *words, "--out", tmp_path / "out")
    assert code == 2 and said.count("\n") == 1 and "configuration file" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["predict", "evaluate", "batch"])
def test_a_pipe_is_not_waited_for(command: str, graft: Graft, pipe: Path, tmp_path: Path) -> None:
    """No model is loaded before: this one is none."""
    run = write_run(tmp_path / "run", RunConfig(data=str(tmp_path)), [])
    out = ["--out", tmp_path / "out"] if command == "batch" else []
    code, said = ended(graft, command, run.folder, pipe, *out)
    assert (code, said) == (2, f"That is neither a file nor a folder. Received: {pipe}. Give one of them.\n")


def test_a_model_that_is_cut_ends_in_a_sentence_and_no_crash(
    graft: Graft, trained: Trained, tmp_path: Path
) -> None:
    """In a process of its own: h5py crashed when that process had said it and ended."""
    run = Path(shutil.copytree(trained.folder, tmp_path / "run"))
    with zipfile.ZipFile(run / "model.keras") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["model.weights.h5"] = parts["model.weights.h5"][: len(parts["model.weights.h5"]) // 2]
    with zipfile.ZipFile(run / "model.keras", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    said = graft.child("predict", run, trained.path("amber"))
    assert said.code == 2 and said.err.startswith("The model file cannot be loaded.")
