"""`hand-on` and `open`: a run in one file, and the run that another person's Graft makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.bundles import a_bundle, add
from tests.fixtures.one_process import answers_here
from tests.fixtures.tiny_training import Graft, Trained
from tlcore.export.hand_on import trial
from tlcore.runs.job import Job
from tlcore.runs.run import Run


@pytest.fixture(autouse=True)
def tried_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "ask", answers_here)


def test_a_run_goes_from_one_workspace_to_another(graft: Graft, trained: Trained, tmp_path: Path) -> None:
    file = tmp_path / "flowers-20261127-221000-aaaa.graft"
    said = graft.call("hand-on", trained.folder, "--out", file, "--with-examples")
    assert said.code == 0 and "Another person opens it on the Home page" in said.out
    again = graft.call("hand-on", trained.folder, "--out", file)
    assert again.code == 2 and "already" in again.err
    again = graft.call("hand-on", trained.folder, "--out", file, "--force", "--json")
    assert again.code == 0 and again.json["examples"] is False
    assert again.json["bytes"] == file.stat().st_size

    said = graft.call("open", file, "--json")
    assert said.code == 0, said.err
    run = Run(Path(said.json["run"]))
    assert run.id.startswith("flowers-") and "20261127" not in run.id and run.folder.parent.name == "runs"
    assert run.report() == trained.run.report()
    assert (said.json["compared"], said.json["has_data"]) == (0, False)
    said = graft.call("open", file, "--out", tmp_path / "mine")
    assert said.code == 0 and "its model answers. Its data set is not on this computer." in said.out
    assert file.exists() and not list((tmp_path / "workspace" / "cache" / "openings").iterdir())


def test_what_cannot_be_opened_is_said_in_a_sentence(graft: Graft, trained: Trained, tmp_path: Path) -> None:
    folder = tmp_path / "workspace" / "cache" / "openings" / "one"
    hostile = add(a_bundle(tmp_path / "upload.bin"), "../evil")
    words = ["open", hostile, "--job", folder, "--called", "Übung.graft", "--remove-source"]
    said = graft.call(*words)
    assert said.code == 2 and "A run has no such file. Received: ../evil." in said.err
    status = Job(folder).recorded()
    assert status.state == "failed" and "no such file" in status.error
    assert hostile.exists(), "a person's own file stays"
    for words, sentence in (
        (["open", tmp_path / "nowhere.graft"], "nothing at that path"),
        (["open", tmp_path], "no file that holds a run"),
        (["open", hostile, "--out", trained.folder], "something in that place already"),
        (["hand-on", trained.folder], "Where shall the file go?"),
        (["hand-on", tmp_path, "--out", tmp_path / "x.graft"], "no run in that folder"),
    ):
        said = graft.call(*words)
        assert said.code == 2 and sentence in said.err, words
    assert not (tmp_path / "workspace" / "runs").exists() or not list(
        (tmp_path / "workspace" / "runs").iterdir()
    )
