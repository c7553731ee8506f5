"""The code of a run on the Export page, as far as it goes without writing a backbone."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

import msgspec
import pytest

from tests.fixtures.image_workspace import Furnished
from tests.fixtures.text_workspace import Written
from tests.pages.conftest import Open, primary, words
from tlcore import config as configuration
from tlcore.export.code import files
from tlcore.export.code.code_export import CodeExport
from tlcore.runs.job import Job, Reporter


@pytest.fixture
def own_run(furnished: Furnished, tmp_path: Path, full: Open, monkeypatch: pytest.MonkeyPatch) -> Furnished:
    """A finished run to change at will, in a workspace of its own."""
    copy = furnished.copy(tmp_path / "workspace")
    monkeypatch.setenv("GRAFT_HOME", str(copy.home))
    return copy


def test_the_script_is_there_and_the_backbone_is_written_first(full: Open, own_run: Furnished) -> None:
    run = own_run.run
    at = full("export", run=run.id, section="code")
    assert not at.exception and not at.error
    assert primary(at) == ["Make the download"]
    (code,) = at.code
    assert 'CLASSES = ["amber", "blue", "röd"]' in code.value and "EPOCHS = 4" in code.value

    export = CodeExport(run)
    export.folder.mkdir(parents=True)
    Reporter(Job(export.folder)).end("failed", error="The weights cannot be had.")
    at = full("export", run=run.id, section="code")
    assert "The weights cannot be had" in words(at) and primary(at) == ["Make the download"]

    (backbone,) = export.networks
    backbone.write_bytes(b"a network")
    at = full("export", run=run.id, section="code")
    assert len(at.get("download_button")) == 1 and not primary(at)
    with zipfile.ZipFile(io.BytesIO(export.pack(True).read_bytes())) as archive:
        names = set(archive.namelist())
    assert {"train.py", "train.ipynb", "split.csv", "requirements.txt", "README.md", "backbone.keras"} < names
    assert sum(name.startswith("pictures/") for name in names) == 30


def test_too_many_pictures_stay_here(full: Open, own_run: Furnished, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 1000)
    at = full("export", run=own_run.run.id, section="code")
    assert at.toggle[0].disabled and "too much for a download" in at.toggle[0].help


def test_texts_go_along_without_being_asked(wordy: Open, written: Written) -> None:
    at = wordy("export", run=written.run.id, section="code")
    assert not at.exception and primary(at) == ["Make the download"] and not at.toggle
    (code,) = at.code
    assert "keras_hub" in code.value and "picture" not in words(at)


def test_boxes_of_an_unfrozen_backbone_have_none(full: Open, own_run: Furnished) -> None:
    run = own_run.run
    config = msgspec.structs.replace(run.config(), task="detection", unfreeze=2)
    (run.folder / "config.json").write_bytes(configuration.to_json(config))
    at = full("export", run=run.id, section="code")
    assert (
        not at.exception and "the code of boxes is written for a frozen backbone" in words(at) and not at.code
    )


def test_without_its_pictures_a_run_has_no_code(full: Open, own_run: Furnished) -> None:
    shutil.rmtree(own_run.dataset.folder)
    at = full("export", run=own_run.run.id, section="code")
    assert not at.exception and "no code of a run without its pictures" in words(at) and not at.code
