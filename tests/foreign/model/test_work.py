"""A model from elsewhere on its way to a run: looked at, tried, used, and trained further."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest

from tests.fixtures.foreign_models import LABELS, SIDE, SOUND, saved
from tests.fixtures.tiny_training import Graft, Trained
from tlcore.backbones.catalogue import catalogue
from tlcore.config import RunConfig
from tlcore.data.images import decode
from tlcore.errors import DataError, RunError
from tlcore.foreign import file
from tlcore.foreign.facts import ModelAnswers, ModelFacts, PixelRange
from tlcore.foreign.model import cut_network, network, pictures, work
from tlcore.foreign.model.work import StepRequest
from tlcore.foreign.trial import ModelTrial
from tlcore.graft.finish import temperature
from tlcore.graft.network import cut
from tlcore.graft.predict.predictor import load
from tlcore.runs.run import Run
from tlcore.runs.split_assignment import commonest_class, splits_by_content


def candidate(name: str, folder: Path) -> tuple[Path, ModelFacts]:
    """A folder with a clean copy of a model and its facts."""
    folder.mkdir()
    file.copy_clean(saved(SOUND[name](), folder, "sent"), folder / "model.keras")
    facts = work.perform(folder, StepRequest(step="look"))
    assert isinstance(facts, ModelFacts)
    (folder / "facts.json").write_bytes(msgspec.json.encode(facts))
    return folder, facts


def used(folder: Path, target: Path, **request: Any) -> Run:
    work.perform(folder, StepRequest(step="use", target=str(target), **request))
    shutil.move(folder / "run", target)
    return Run(target)


def test_the_right_range_is_shown_by_labelled_pictures(trained: Trained, tmp_path: Path) -> None:
    folder, _ = candidate("softmax", tmp_path / "candidate")
    answers = ModelAnswers(labels=LABELS, size=SIDE)
    data = str(trained.run.dataset().folder)
    trial = work.perform(folder, StepRequest(step="try", answers=answers, data=data))
    assert isinstance(trial, ModelTrial) and trial.n == 30
    right: dict[PixelRange, int] = {one.pixels: one.right for one in trial.scores}
    assert right["unit"] == 30 > max(right["bytes"], right["signed"], right["caffe"])
    assert len(trial.pictures) == 12 and {one.label for one in trial.pictures} == set(LABELS)
    assert all(one.answers["unit"][0][0] == one.label for one in trial.pictures)
    other = ModelAnswers(labels=("a", "b", "c"), size=SIDE)
    with pytest.raises(DataError, match="other classes than the model"):
        work.perform(folder, StepRequest(step="try", answers=other, data=data))


def test_pictures_without_classes_are_answered(trained: Trained, tmp_path: Path) -> None:
    folder, _ = candidate("scores", tmp_path / "candidate")
    request = StepRequest(step="try", answers=ModelAnswers(labels=LABELS, size=SIDE))
    with pytest.raises(DataError, match="no pictures to try"):
        work.perform(folder, request)
    (folder / pictures.FOLDER).mkdir()
    shutil.copy(trained.path("blue"), folder / pictures.FOLDER / "0.png")
    trial = work.perform(folder, request)
    assert isinstance(trial, ModelTrial) and (trial.n, trial.best) == (0, None)
    (picture,) = trial.pictures
    assert (picture.label, picture.answers["bytes"][0][0]) == ("", "blue")


@pytest.mark.parametrize("name", SOUND)
def test_the_run_answers_as_the_file_did(name: str, trained: Trained, graft: Graft, tmp_path: Path) -> None:
    folder, facts = candidate(name, tmp_path / "candidate")
    labels = LABELS if facts.outputs > 1 else ("amber", "blue")
    answers = ModelAnswers(labels=labels, pixels="signed", size=32 if facts.size is None else SIDE)
    run = used(folder, tmp_path / "run", answers=answers)
    squares = np.stack([decode.decode(trained.path(label), answers.size, "stretch") for label in labels])
    expected = network.asker(network.load(folder / "model.keras"), facts)(squares, "signed")
    model = load(run)
    order = [labels.index(label) for label in run.labels()]
    np.testing.assert_allclose(model.numbers(squares), expected[:, order], atol=1e-4)
    assert run.labels() == tuple(sorted(labels)) and run.report().test.n == 0
    assert commonest_class(run) is None and splits_by_content(run.config()) == {}
    entry = catalogue.get(run.config().backbone)
    assert (
        entry.fixed_size and entry.input_size == answers.size and entry.blocks[-1].shape == (entry.features,)
    )
    for block in entry.blocks:
        cut.split(model.model, cut.boundary(model.model, block))


def test_it_is_scored_predicted_and_trained_further(trained: Trained, graft: Graft, tmp_path: Path) -> None:
    folder, _ = candidate("softmax", tmp_path / "candidate")
    data = trained.run.dataset().folder
    answers = ModelAnswers(labels=LABELS, pixels="unit", size=SIDE)
    run = used(folder, tmp_path / "run", answers=answers, data=str(data))
    report = run.report()
    assert run.labels() == ("amber", "blue", "röd") and report.test.accuracy == 1.0 and report.test.n
    assert "cannot tell what it was trained on" in report.note and report.validation_n
    assert graft.call("predict", run.folder, trained.path("blue"), "--json").json["label"] == "blue"
    further = tmp_path / "further"
    words = ["--start-from", run.folder, "--unfreeze", "1", "--epochs", "1", "--out", further, "--json"]
    assert graft.call("train", data, *words).json["accuracy"] == 1.0
    assert Run(further).config().backbone == run.config().backbone
    assert run.is_brought and not Run(further).is_brought
    goes_on = SimpleNamespace(config=RunConfig(data=str(data), start_from=str(run.folder)))
    own = SimpleNamespace(context=goes_on, phases=[SimpleNamespace(name="head", best_epoch=6)])
    assert temperature._head_epochs(own) is None, "nobody knows how long that head has learned"  # type: ignore[arg-type]


def test_a_model_that_would_answer_otherwise_is_no_run(
    graft: Graft, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = candidate("softmax", tmp_path / "candidate")
    monkeypatch.setattr(
        network, "scale", lambda pictures, pixels: pictures.astype(np.float32)[..., ::-1] / 255
    )
    answers = ModelAnswers(labels=LABELS, pixels="unit", size=SIDE)
    with pytest.raises(RunError, match="answers differently"):
        used(folder, tmp_path / "run", answers=answers)


def test_a_size_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no pictures of 32 × 32"):
        cut_network.cut_model(SOUND["one output"](), 32, "unit")
