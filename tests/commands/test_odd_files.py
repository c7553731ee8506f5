"""Paths that are neither files nor folders, and files without an end: refused before anything is read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.fixtures import WHOLE, forks
from tests.fixtures.many_runs import write_run
from tests.fixtures.tiny_training import Graft, Trained
from tlcore.commands.shared import memory_limit
from tlcore.config import RunConfig

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="pipes, devices and limits of memory")
MEMORY = 5_000_000_000  # bytes, above what commands ask for: without an end, a file would take them all


# Commands, one after another, as if each were the child that `memory_limit` starts below a limit.
EACH = """
import contextlib, io, json, resource, sys
from tlcore.__main__ import main
memory, *commands = map(json.loads, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
for words in commands:
    with contextlib.redirect_stderr(io.StringIO()) as said:
        code = main(words)
    print(json.dumps([code, said.getvalue()]), flush=True)
"""


def ended(graft: Graft, *commands: list[object]) -> list[tuple[int, str]]:
    """Exit code and standard error of commands that may not wait and may not take much, in one process."""
    words = [json.dumps([str(word) for word in command]) for command in commands]
    done = subprocess.run(
        [sys.executable, "-c", EACH, str(MEMORY), *words],
        cwd=graft.home,
        env={**os.environ, "PYTHONPATH": WHOLE, memory_limit.CHILD: "1"},
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    return [(code, said) for code, said in map(json.loads, done.stdout.splitlines())]


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


def test_only_an_ordinary_configuration_file_is_opened(
    graft: Graft, coloured: Path, pipe: Path, tmp_path: Path
) -> None:
    large, device = tmp_path / "large.json", "/dev/zero"
    large.touch()
    os.truncate(large, 8_000_000_000)
    asked: list[list[object]] = [
        ["train", coloured, "--config", file] for file in (pipe, device, large, tmp_path)
    ]
    asked += [["find-rate", coloured, "--config", pipe], ["experiment", "race", coloured, "--config", device]]
    ends = ended(graft, *([*words, "--out", tmp_path / "out"] for words in asked))
    assert len(ends) == len(asked)
    for code, said in ends:
        assert code == 2 and said.count("\n") == 1 and "configuration file" in said
    assert not (tmp_path / "out").exists()


def test_a_pipe_is_not_waited_for(graft: Graft, pipe: Path, tmp_path: Path) -> None:
    """No model is loaded before: this one is none."""
    run = write_run(tmp_path / "run", RunConfig(data=str(tmp_path)), [])
    asked = [[command, run.folder, pipe] for command in ("predict", "evaluate", "batch")]
    asked[-1] += ["--out", tmp_path / "out"]
    refused = (2, f"That is neither a file nor a folder. Received: {pipe}. Give one of them.\n")
    assert ended(graft, *asked) == [refused] * 3


def test_a_model_that_is_cut_ends_in_a_sentence_and_no_crash(
    graft: Graft, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a process of its own, and no fork: h5py crashed when that process had said it and ended."""
    monkeypatch.delenv(forks.VARIABLE, raising=False)
    run = Path(shutil.copytree(trained.folder, tmp_path / "run"))
    with zipfile.ZipFile(run / "model.keras") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["model.weights.h5"] = parts["model.weights.h5"][: len(parts["model.weights.h5"]) // 2]
    with zipfile.ZipFile(run / "model.keras", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    said = graft.child("predict", run, trained.path("amber"))
    assert said.code == 2 and said.err.startswith("The model file cannot be loaded.")
