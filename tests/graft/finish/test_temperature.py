"""Temperatures of real runs: what decides them, where they are kept, and when they are left alone."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.fixtures.finished_runs import Tuned, spy_cross_fits
from tests.fixtures.tiny_training import Graft, Trained, small
from tlcore.data.dataset import Dataset
from tlcore.data.images import decode
from tlcore.errors import RunError
from tlcore.evaluate import analysis
from tlcore.evaluate.novelty import KnownFeatures
from tlcore.evaluate.reliability import Calibration
from tlcore.graft.finish import cross_fit
from tlcore.graft.network import saved_model
from tlcore.graft.training.batches import TrainingBatches
from tlcore.graft.training.out_of_fold import OutOfFold
from tlcore.runs.run import Run
from tlcore.runs.split_assignment import assign_splits
from tlcore.runs.workers.backend import BACKEND

pytestmark = pytest.mark.usefixtures("unverified")


def calibrated(run: Run) -> Calibration:
    found = run.report().calibration
    assert found is not None
    return found


def scale(run: Run) -> float:
    """Factor on the logits of the model in the file."""
    with zipfile.ZipFile(run.model) as archive:
        layers = json.loads(archive.read("config.json"))["config"]["layers"]
    (found,) = [layer["config"]["scale"] for layer in layers if layer["config"]["name"] == "temperature"]
    return float(found)


def temper(run: Run, wanted: float) -> None:
    """Give its file this factor on the logits."""
    with zipfile.ZipFile(run.model) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    here = f'"scale": {scale(run)}'.encode()
    assert parts["config.json"].count(here) == 1
    parts["config.json"] = parts["config.json"].replace(here, f'"scale": {wanted}'.encode())
    with zipfile.ZipFile(run.model, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert scale(run) == wanted


def counts(run: Run) -> dict[str, int]:
    config = run.config()
    places = assign_splits(config, Dataset(Path(config.data)).read(config.data_version))
    return {split: places.count(split) for split in ("train", "validation", "test")}


def test_the_file_holds_the_temperature_and_the_report_is_of_what_it_answers(trained: Trained) -> None:
    run, found = trained.run, calibrated(trained.run)
    assert found.fitted_on == "out-of-fold" and found.temperature != 1.0
    assert found.n == counts(run)["train"] + counts(run)["validation"]
    assert scale(run) == pytest.approx(1 / found.temperature)
    report = run.report()
    assert report.test.loss == pytest.approx(found.after.loss, abs=1e-6)
    assert sum(b.n for b in found.before.bins) == sum(b.n for b in found.after.bins) == report.test.n
    # An answer of the file, asked for anew, is as sure as the report says; without the temperature it is not.
    fresh = saved_model.load(run.model)
    plain = keras.Model(fresh.input, fresh.get_layer("logits").output)
    shown = {prediction.name: prediction for prediction in report.test.predictions}
    batch = np.stack([decode.decode(trained.data / name, 64, "stretch") for name in shown])
    answers = np.asarray(fresh(batch, training=False))
    logits = np.asarray(plain(batch, training=False)) / found.temperature
    assert answers.max(1) == pytest.approx([one.confidence for one in shown.values()], abs=1e-4)
    assert answers == pytest.approx(np.exp(logits) / np.exp(logits).sum(1, keepdims=True), abs=1e-5)


def test_unfrozen_runs_are_calibrated_on_validation_and_answered_out_of_fold_too(tuned: Tuned) -> None:
    run = tuned.run
    found = calibrated(run)
    assert (found.fitted_on, found.n) == ("validation", counts(run)["validation"])
    assert scale(run) == pytest.approx(1 / found.temperature)
    (head,) = (phase for phase in run.report().phases if phase.name == "head")
    assert [call.epochs for call in tuned.cross_fits] == [head.best_epoch]
    assert run.report().cross_validation is None


def test_without_a_head_that_learned_alone_on_new_examples_there_are_no_answers_out_of_fold(
    graft: Graft, coloured: Path, tuned: Tuned, from_scratch: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert from_scratch.report().cross_validation is None
    assert calibrated(from_scratch).fitted_on == "validation"
    calls = spy_cross_fits(monkeypatch)
    assert graft.train(coloured, "head", small(epochs=1), "--start-from", tuned.run.folder).code == 0
    assert calls == [], "its features know the examples"
    found = analysis.read(graft.home / "head")
    assert found is not None and (found.examples, found.no_label_errors) == (0, "continued")


def test_a_run_that_goes_on_is_calibrated_anew_and_trains_as_if_its_beginning_had_no_temperature(
    graft: Graft, trained: Trained, continued: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same weights with another temperature: what goes on from them comes out the same."""
    calls = spy_cross_fits(monkeypatch)
    copied = Run(graft.home / "copied")
    copied.folder.mkdir()
    for path in trained.folder.iterdir():
        if path.is_file():
            (copied.folder / path.name).write_bytes(path.read_bytes())
    temper(copied, 7.0)
    assert graft.train(continued.data, "run", small(epochs=2), "--start-from", copied.folder).code == 0
    run = Run(graft.home / "run")
    assert (run.folder / "report.json").read_bytes() == (continued.folder / "report.json").read_bytes()
    assert scale(run) == pytest.approx(1 / calibrated(run).temperature)
    (call,) = calls
    assert call.epochs == trained.run.report().best_epoch + run.report().best_epoch, (
        "as far as it came in all"
    )


def test_views_of_what_was_trained_on_are_shown_and_of_others_there_are_none(tuned: Tuned) -> None:
    (rows,) = (call.rows for call in tuned.cross_fits)
    validation = counts(tuned.run)["validation"]
    assert rows.shape == (counts(tuned.run)["train"] + validation, 3)
    assert (rows == rows[:, :1]).all(axis=1).sum() == validation


@pytest.mark.usefixtures("features_there")
def test_broken_off_while_heads_learn_and_resumed_it_ends_the_same(
    graft: Graft, coloured: Path, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process, among others, as in one of its own. One that is killed: `test_pipeline.py`."""

    def break_off(*ignored: object) -> None:
        raise RunError("The power went out.")

    with monkeypatch.context() as patch:
        patch.setattr(cross_fit, "cross_fit", break_off)
        assert graft.train(coloured, "broken", small(epochs=4)).code == 2
    run = Run(graft.home / "broken")
    assert BACKEND.status(run).state == "failed" and not run.has_model
    assert graft.call("resume", run.folder, "--json").code == 0
    for name in ("report.json", analysis.FILE):
        assert (run.folder / name).read_bytes() == (trained.folder / name).read_bytes()
    assert scale(run) == scale(trained.run)
    ours, theirs = (KnownFeatures.load(one.folder) for one in (run, trained.run))
    assert ours and theirs and (ours.directions == theirs.directions).all()
    assert json.loads((run.folder / analysis.FILE).read_bytes())["looked_through"] == 24


@pytest.mark.usefixtures("features_there")
def test_a_run_stopped_while_heads_learn_is_whole_but_for_its_temperature(
    graft: Graft, coloured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on, and the heads are unlike the model they stand for, sure and wrong half of the time: their
    temperature does not hold on validation, is left out, and that is said."""
    answers = cross_fit.cross_fit

    def stopping(*given: Any) -> OutOfFold | None:
        Run(graft.home / "run").request_stop()
        return answers(*given)

    monkeypatch.setattr(cross_fit, "cross_fit", stopping)
    said = graft.train(coloured, "run", small(epochs=6, learning_rate=3e-3))
    run = Run(graft.home / "run")
    assert said.json["state"] == BACKEND.status(run).state == "cancelled" and said.json["epochs"] == 6
    assert run.report().calibration is None and run.report().cross_validation is None and scale(run) == 1.0

    def unlike(source: TrainingBatches, *more: Any) -> OutOfFold:
        found = answers(source, *more)
        assert found is not None
        said = (source.labels + np.arange(len(found.rows)) % 2) % 3
        return OutOfFold(found.rows, 50 * np.eye(3, dtype=np.float32)[said], found.folds)

    monkeypatch.setattr(cross_fit, "cross_fit", unlike)
    assert graft.call("resume", run.folder, "--json").json["state"] == "done"
    found, note = calibrated(run), run.report().note
    assert found.temperature == 1.0 and found.before == found.after and scale(run) == 1.0
    assert found.refused is not None and found.refused != 1.0
    assert "was not corrected" in note and "validation pictures" in note
