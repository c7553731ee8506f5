"""The layout of a published model, as a folder and as a ZIP."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.fixtures.card_run import finished
from tlcore.errors import WorkspaceError
from tlcore.export.card.folder import files, pack, write
from tlcore.export.folder.files import text_files
from tlcore.export.formats.formats import FORMATS
from tlcore.runs.run import Run

NAMES = {
    *("README.md", "model.keras", "labels.json", "description.json", "confusion.png", "predict.py"),
    "requirements.txt",
}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return finished(tmp_path / "run")


def test_the_folder_holds_all_that_is_needed(run: Run, tmp_path: Path) -> None:
    written = tmp_path / "card"
    written.mkdir()  # an empty one is taken
    assert set(write(run, written)) == {file.name for file in written.iterdir()} == NAMES
    assert (written / "model.keras").read_bytes() == run.model.read_bytes()
    assert json.loads((written / "labels.json").read_text()) == ["daisy", "rose"]
    assert (written / "predict.py").read_bytes() == text_files(run, FORMATS["folder"])["predict.py"]
    assert "](confusion.png)" in (written / "README.md").read_text()
    needs = (written / "requirements.txt").read_text()
    assert "tensorflow==" in needs and "pillow==" in needs
    assert {path.name for path in tmp_path.iterdir()} == {"run", "card"}  # and no part of it


def test_what_is_there_stays(run: Run, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.txt").write_text("mine")
    for place in (tmp_path / "taken", tmp_path / "taken" / "mine.txt", tmp_path / "no" / "where"):
        with pytest.raises(WorkspaceError, match=r"place is taken|no folder to put"):
            write(run, place)
    assert (tmp_path / "taken" / "mine.txt").read_text() == "mine"


def test_the_download_is_the_same(run: Run) -> None:
    with zipfile.ZipFile(pack(run)) as archive:
        assert set(archive.namelist()) == NAMES
        for name, content in files(run).items():
            assert archive.read(name) == (content if isinstance(content, bytes) else content.read_bytes())
    assert {path.name for path in (run.folder / "exports").iterdir()} == {"run-card.zip"}
