"""Folders that run elsewhere, on original pictures: in environments that hold nothing but what they ask for.

pip sees to that. TensorFlow's gigabyte is left where it is: the folder with Keras is asked by the proof, in a
process of this environment that cannot reach our package.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures import environments
from tests.fixtures.tiny_training import Graft, Trained


@pytest.mark.parametrize("format", ["folder-onnx", "folder-litert"])
def test_a_folder_answers_in_an_empty_environment(
    graft: Graft, trained: Trained, format: str, tmp_path: Path
) -> None:
    run, home = shutil.copytree(trained.folder, tmp_path / "run"), tmp_path / "home"
    said = graft.call("export", run, "--format", format, "--out", home, "--json")
    assert said.code == 0, said.err
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "GRAFT"))}

    def call(*words: object) -> str:
        done = subprocess.run([*map(str, words)], cwd=home, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    python = environments.new_environment(tmp_path / "venv")
    environments.link_pinned(tmp_path / "venv", home / "requirements.txt")
    call(python, "-m", "pip", "install", "-r", "requirements.txt")
    names = "import importlib.metadata as m; print(*(found.name.lower() for found in m.distributions()))"
    installed = {*call(python, "-c", names).split()}  # not by pip: told to be quiet, it lists nothing
    assert "pillow" in installed
    assert not installed & {"tensorflow", "keras", "streamlit", "msgspec"}
    pictures = [trained.path(label) for label in trained.run.labels()]
    theirs = [json.loads(line) for line in call(python, "predict.py", *pictures).splitlines()]
    lines = graft.call("predict", trained.folder, *pictures, "--json").out.splitlines()
    ours = [json.loads(line) for line in lines if line.startswith("{")]
    assert [one["label"] for one in theirs] == [one["label"] for one in ours]
    for their, our in zip(theirs, ours, strict=True):
        assert their["confidence"] == pytest.approx(our["confidence"], abs=1e-3)


def test_the_script_with_keras_cannot_reach_our_package(
    graft: Graft, trained: Trained, tmp_path: Path
) -> None:
    run = shutil.copytree(trained.folder, tmp_path / "run")
    said = graft.call("export", run, "--format", "folder", "--out", tmp_path / "home", "--json")
    assert said.code == 0, said.err
    assert said.json["same"] == said.json["n"] == 12
    script = tmp_path / "home" / "predict.py"
    script.write_text("import tlcore\n" + script.read_text())
    done = subprocess.run([sys.executable, "-I", script], capture_output=True, text=True)
    assert done.returncode == 1 and "No module named 'tlcore'" in done.stderr
