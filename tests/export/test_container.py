"""The folder with which a container of a model's server is built; tests/real runs its commands."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from tests.fixtures.tiny_training import Graft, Trained
from tlcore.errors import RunError
from tlcore.export import container
from tlcore.runs.run import Run

HELD = {"Dockerfile", "README.md", "requirements.txt", "run", "tlcore"}


def test_the_folder_holds_the_model_and_the_program_and_no_examples(
    trained: Trained, tmp_path: Path, graft: Graft
) -> None:
    target = tmp_path / "server"
    assert graft.call("serve", trained.folder, "--container", target).code == 0
    assert {item.name for item in target.iterdir()} == HELD
    assert {item.name for item in (target / "run").iterdir()} <= set(container.FILES)
    assert (target / "run" / "model.keras").read_bytes() == trained.run.model.read_bytes()
    assert not [file for file in target.rglob("*") if file.suffix in {".jpg", ".png", ".pyc", ".token"}]
    assert f"“{trained.run.id}”" in (target / "README.md").read_text("utf-8")
    with pytest.raises(RunError, match="something in that place"):
        container.write(trained.run, target)


def test_the_download_is_the_same_folder_and_leaves_nothing_half_done(
    trained: Trained, tmp_path: Path
) -> None:
    run = Run(shutil.copytree(trained.folder, tmp_path / "run"))
    with zipfile.ZipFile(container.pack(run)) as archive:
        assert {name.split("/")[0] for name in archive.namelist()} == HELD
    assert not list((run.folder / "exports").glob(".*"))


def test_a_run_without_a_model_has_no_server(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no model yet"):
        container.write(Run(tmp_path / "run"), tmp_path / "server")
    assert not (tmp_path / "server").exists()
