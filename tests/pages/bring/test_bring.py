"""The page that brings a model: what it lacks is asked for, its trial is shown, and one button leads on."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from streamlit.testing.v1 import AppTest

from tests.fixtures.image_workspace import Furnished
from tests.pages.conftest import Open, primary, words
from tlcore.data.dataset import Dataset
from tlcore.foreign.candidate import ModelCandidate
from tlcore.foreign.facts import ModelAnswers, ModelFacts
from tlcore.foreign.trial import ModelTrial, RangeScore, TriedPicture
from tlcore.runs.job import Job, Reporter
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace

FACTS = ModelFacts(
    name="their <b>model</b>", size=None, outputs=3, ending="scores", scales=False, whole=False, parameters=7
)


@pytest.fixture
def workspace(furnished: Furnished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("GRAFT_HOME", str(furnished.copy(tmp_path / "workspace").home))
    return Workspace()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that the page starts; none is run."""
    commands: list[list[str]] = []

    def start(job: Job, arguments: list[str]) -> None:
        commands.append(arguments)

    monkeypatch.setattr(BACKEND, "start", start)
    return commands


def waiting(workspace: Workspace, outputs: int = 3) -> ModelCandidate:
    """A candidate that was looked at."""
    candidate = ModelCandidate.new(workspace)
    facts = msgspec.structs.replace(FACTS, outputs=outputs)
    (candidate.folder / "facts.json").write_bytes(msgspec.json.encode(facts))
    Reporter(candidate).end("done", "Ready")
    return candidate


def dataset_of(workspace: Workspace) -> Dataset:
    return next(Dataset(folder) for folder in workspace.datasets.iterdir())


def tried(candidate: ModelCandidate, dataset: Dataset) -> ModelTrial:
    """Its trial: −1 to 1 is right."""
    manifest = dataset.read()
    example = manifest.examples[0]
    answers = {"unit": ((manifest.classes[-1], 0.7),), "signed": ((example.label, 0.93),)}
    trial = ModelTrial(
        answers=ModelAnswers(labels=manifest.classes, pixels="unit", size=224),
        data=str(dataset.folder),
        n=100,
        scores=(
            RangeScore(pixels="unit", right=41, confidence=0.9),
            RangeScore(pixels="signed", right=93, confidence=0.9),
        ),
        pictures=(
            TriedPicture(file=example.sha256, name=example.name, label=example.label, answers=answers),  # type: ignore[arg-type]
        ),
    )
    (candidate.folder / "trial.json").write_bytes(msgspec.json.encode(trial))
    return trial


def press(at: AppTest, label: str) -> None:
    next(button for button in at.button if button.label == label).click().run()


def test_what_is_missing_is_asked_for(full: Open, workspace: Workspace, started: list[list[str]]) -> None:
    dataset = dataset_of(workspace)
    candidate = waiting(workspace, len(dataset.read().classes))
    at = full("bring", model=candidate.id)
    assert not at.exception and primary(at) == ["Try it"]
    assert "any size" in words(at) and "their <b>" not in words(at)
    assert at.text_area[0].value == "\n".join(dataset.read().classes)
    press(at, "Try it")
    assert not at.exception
    (command,) = started
    assert command[:3] == ["bring", "--job", str(candidate.folder)] and "--use" not in command
    assert command[-2:] == ["--try-on", str(dataset.folder)]
    answers = msgspec.json.decode((candidate.folder / "asked.json").read_bytes(), type=ModelAnswers)
    assert (answers.labels, answers.pixels, answers.size) == (dataset.read().classes, "unit", 224)


def test_a_wrong_number_of_labels_is_told(full: Open, workspace: Workspace) -> None:
    at = full("bring", model=waiting(workspace, 2).id)
    assert not at.exception and "Say what its classes are called" in words(at)
    at.text_area[0].set_value("a\nb\nc").run()
    assert "and 3 labels were given" in words(at)
    assert next(button for button in at.button if button.label == "Try it").disabled


def test_the_trial_leads_on(full: Open, workspace: Workspace, started: list[list[str]]) -> None:
    dataset = dataset_of(workspace)
    candidate = waiting(workspace, len(dataset.read().classes))
    tried(candidate, dataset)
    at = full("bring", model=candidate.id)
    assert not at.exception and primary(at) == ["Use this model"]
    assert [box.value for box in at.success] == ["**−1 to 1** fits best: 93 of 100 right."]
    assert dataset.read().examples[0].label in words(at) and "93 %" in words(at)
    press(at, "Use this model")
    assert "--use" in started[0]
    answers = msgspec.json.decode((candidate.folder / "asked.json").read_bytes(), type=ModelAnswers)
    assert answers.pixels == "signed"
    at.text_area[0].set_value("\n".join(reversed(dataset.read().classes))).run()
    assert primary(at) == ["Try it"], "other labels need another trial"


def test_a_refusal_and_one_that_is_gone(full: Open, workspace: Workspace) -> None:
    candidate = ModelCandidate.new(workspace)
    Reporter(candidate).end("failed", error="This model is not opened. It asks for a part.")
    at = full("bring", model=candidate.id)
    assert "is not opened" in words(at) and primary(at) == ["Back to Home"]
    at = full("home")
    assert any("which is no run yet" in link.label for link in at.get("page_link"))
    for id in ("", "nobody", "../../runs"):
        at = full("bring", model=id)
        assert not at.exception and "not here any more" in words(at) and primary(at) == ["Go to Home"]


def test_once_it_is_a_run_its_answers_are_next(
    full: Open, workspace: Workspace, furnished: Furnished
) -> None:
    candidate = waiting(workspace)
    run = workspace.runs / furnished.run.id
    (candidate.folder / "used.json").write_bytes(msgspec.json.encode(str(run)))
    at = full("bring", model=candidate.id)
    assert not at.exception and at.title[0].value == "Predict" and not candidate.folder.exists()
