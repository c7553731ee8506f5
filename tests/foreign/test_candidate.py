"""A model from elsewhere as a job: each step leaves its file, and a refusal leaves nothing."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from tests.export.hand_on.test_keras_file import DENSE, HOSTILE, a_model, network
from tlcore.errors import ConfigError, RunError
from tlcore.export.hand_on.opening import sweep
from tlcore.foreign import candidate as candidates
from tlcore.foreign import child
from tlcore.foreign.candidate import ModelCandidate
from tlcore.foreign.facts import ModelAnswers, ModelFacts
from tlcore.runs.job import Reporter
from tlcore.workspace import Workspace

FACTS = ModelFacts(name="", size=32, outputs=2, ending="softmax", scales=True, whole=False, parameters=12)
ANSWERS = ModelAnswers(labels=("a", "b"))


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelCandidate:
    """One in an empty workspace, whose child says at once what a sound one does."""
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "workspace"))

    def ask(folder: Path, request: dict[str, object], stopping: object) -> object:
        if request["step"] == "use":
            (folder / "run").mkdir()
        trial = {"answers": ANSWERS, "n": 0, "scores": [], "pictures": []}
        return msgspec.to_builtins({"look": FACTS, "try": trial, "use": None}[str(request["step"])])

    monkeypatch.setattr(child, "ask", ask)
    return ModelCandidate.new(Workspace())


def test_each_step_leaves_its_file(made: ModelCandidate, tmp_path: Path) -> None:
    reporter = Reporter(made)
    with pytest.raises(RunError, match="is not here any more"):
        made.try_on(ANSWERS, None, reporter)
    source = a_model(tmp_path / "their <b>model\u202e.keras", network(DENSE))
    found = made.look(source, source.name, reporter)
    assert found.name == "their <b>model" and made.facts() == found and made.model.is_file()
    with pytest.raises(ConfigError, match="2 classes apart, and 1 labels"):
        made.try_on(ModelAnswers(labels=("a",)), None, reporter)
    assert made.trial() is None
    assert made.try_on(ANSWERS, None, reporter) == made.trial()
    target = Workspace().runs / "theirs"
    assert made.used() is None and made.use(ANSWERS, None, target, reporter) == target
    assert made.used() == target and target.is_dir() and not (made.folder / "run").exists()
    with pytest.raises(RunError, match="something in that place"):
        made.use(ANSWERS, None, target, reporter)


def test_a_hostile_one_leaves_nothing(made: ModelCandidate, tmp_path: Path) -> None:
    config, _ = HOSTILE["lambda"]
    with pytest.raises(RunError, match="is not opened"):
        made.look(a_model(tmp_path / "evil.keras", config), "evil.keras", Reporter(made))
    assert made.facts() is None and not made.model.exists()


def test_what_the_child_refuses_leaves_no_copy(
    made: ModelCandidate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*ignored: object) -> object:
        raise RunError("This model cannot be used.")

    monkeypatch.setattr(child, "ask", refuse)
    with pytest.raises(RunError, match="cannot be used"):
        made.look(a_model(tmp_path / "a.keras", network(DENSE)), "a.keras", Reporter(made))
    assert not made.model.exists()


def test_one_that_becomes_no_run_leaves_no_network(
    made: ModelCandidate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.look(a_model(tmp_path / "a.keras", network(DENSE)), "a.keras", Reporter(made))

    def fail(folder: Path, request: dict[str, object], stopping: object) -> object:
        Workspace().folder("backbones", "0a" * 16)
        raise RunError("As a run it would answer in another way.")

    monkeypatch.setattr(child, "ask", fail)
    with pytest.raises(RunError, match="in another way"):
        made.use(ANSWERS, None, Workspace().runs / "theirs", Reporter(made))
    assert not list((Workspace().root / "backbones").glob("[0-9]*"))


def test_two_of_one_name_are_two(made: ModelCandidate) -> None:
    other = ModelCandidate.new(Workspace())
    assert {one.id for one in candidates.candidates(Workspace())} == {made.id, other.id}


def test_nobody_comes_back_to_an_old_one(made: ModelCandidate) -> None:
    os.utime(made.folder, (1, 1))
    sweep(candidates.candidates(Workspace()))
    assert not made.folder.exists()
