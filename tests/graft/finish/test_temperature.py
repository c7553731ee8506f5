"""Temperatures of real runs: what decides them, where they are kept, and when they are left alone."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.fixtures.tiny_training import Graft, Trained, draw, small
from tlcore.config.augmentation import AugmentationConfig
from tlcore.data.dataset import Dataset
from tlcore.data.images import decode
from tlcore.evaluate import analysis
from tlcore.evaluate.report import Calibration
from tlcore.graft.finish import cross_fit
from tlcore.graft.finish.cross_fit import OutOfFold
from tlcore.graft.network import saved_model
from tlcore.graft.training.batches import TrainingBatches
from tlcore.runs.backend import BACKEND
from tlcore.runs.run import Run
from tlcore.runs.split_assignment import assign_splits


def calibrated(run: Run) -> Calibration:
    found = run.report().calibration
    assert found is not None
    return found


def scale(run: Run) -> float:
    """Factor on the logits of the model in the file."""
    return float(saved_model.load(run.model).get_layer("temperature").scale)


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
    for name, prediction in shown.items():
        batch = decode.decode(trained.data / name, 64, "stretch")[None]
        answers = np.asarray(fresh(batch, training=False))[0]
        logits = np.asarray(plain(batch, training=False))[0] / found.temperature
        assert answers.max() == pytest.approx(prediction.confidence, abs=1e-4)
        assert answers == pytest.approx(np.exp(logits) / np.exp(logits).sum(), abs=1e-5)


def test_unfrozen_runs_are_calibrated_on_validation_and_answered_out_of_fold_too(
    graft: Graft, coloured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = spied(monkeypatch)
    assert graft.train(coloured, "run", small(unfreeze=1, epochs=2)).code == 0
    run = Run(graft.home / "run")
    found = calibrated(run)
    assert (found.fitted_on, found.n) == ("validation", counts(run)["validation"])
    assert scale(run) == pytest.approx(1 / found.temperature)
    (head,) = (phase for phase in run.report().phases if phase.name == "head")
    assert [epochs for epochs, _ in asked] == [head.best_epoch]
    assert run.report().cross_validation is None
    continued = small(unfreeze=1, epochs=1)
    assert graft.train(coloured, "more", continued, "--start-from", run.folder).code == 0
    assert len(asked) == 1, "no head learned alone"
    assert calibrated(Run(graft.home / "more")).fitted_on == "validation"
    assert graft.train(coloured, "head", small(epochs=1), "--start-from", run.folder).code == 0
    assert len(asked) == 1, "its features know the examples"
    found = analysis.read(graft.home / "head")
    assert found is not None and (found.examples, found.no_label_errors) == (0, "continued")


def spied(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, TrainingBatches]]:
    """The epochs and examples with which answers out of fold are asked for."""
    asked: list[tuple[int, TrainingBatches]] = []
    answers = cross_fit.cross_fit

    def spy(
        source: TrainingBatches, groups: Any, head: Any, config: Any, epochs: int, *more: Any
    ) -> OutOfFold | None:
        asked.append((epochs, source))
        return answers(source, groups, head, config, epochs, *more)

    monkeypatch.setattr(cross_fit, "cross_fit", spy)
    return asked


def test_a_run_that_goes_on_is_calibrated_anew_and_trains_as_if_its_beginning_had_no_temperature(
    graft: Graft, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same weights with another temperature: what goes on from them comes out the same."""
    asked = spied(monkeypatch)
    assert scale(trained.run) != 1.0
    other = Run(trained.folder)
    more = draw(graft.home / "more", per_class=14)
    config = small(epochs=2)
    assert graft.train(more, "second", config, "--start-from", other.folder).code == 0
    tempered = saved_model.load(other.model)
    tempered.get_layer("temperature").scale = 7.0
    copied = graft.home / "copied"
    copied.mkdir()
    for path in other.folder.iterdir():
        if path.is_file():
            (copied / path.name).write_bytes(path.read_bytes())
    tempered.save(copied / "model.keras")
    assert graft.train(more, "third", config, "--start-from", copied).code == 0
    second, third = Run(graft.home / "second"), Run(graft.home / "third")
    assert (second.folder / "report.json").read_bytes() == (third.folder / "report.json").read_bytes()
    assert scale(second) == scale(third) == pytest.approx(1 / calibrated(second).temperature)
    epochs = trained.run.report().best_epoch + second.report().best_epoch
    assert [asked_for for asked_for, _ in asked] == [epochs, epochs], "as far as it came in all"


def test_views_of_what_was_trained_on_are_shown_and_of_others_there_are_none(
    graft: Graft, coloured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = spied(monkeypatch)
    config = small(epochs=1, augmentation=AugmentationConfig(views=2))
    assert graft.train(coloured, "run", config).code == 0
    ((_, source),) = asked
    run = Run(graft.home / "run")
    validation = counts(run)["validation"]
    assert source.rows.shape == (counts(run)["train"] + validation, 3)
    assert (source.rows == source.rows[:, :1]).all(axis=1).sum() == validation


def test_killed_while_heads_learn_and_resumed_it_reports_the_same(graft: Graft, coloured: Path) -> None:
    config = small(epochs=60, learning_rate=1e-4)
    assert graft.train(coloured, "straight", config).code == 0
    child = graft.spawn(*graft.train_command(coloured, "killed", config))
    run = Run(graft.home / "killed")
    deadline = time.monotonic() + 240
    while run.recorded().stage not in ("out-of-fold", "saving"):
        assert child.poll() is None and time.monotonic() < deadline, child.communicate()
        time.sleep(0.005)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert BACKEND.status(run).state == "lost" and not run.has_model
    assert graft.call("resume", run.folder, "--json").code == 0
    straight = Run(graft.home / "straight")
    assert (run.folder / "report.json").read_bytes() == (straight.folder / "report.json").read_bytes()
    assert scale(run) == scale(straight)


def test_a_run_stopped_while_heads_learn_is_whole_but_for_its_temperature(
    graft: Graft, coloured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = cross_fit.cross_fit

    def stopping(*given: Any) -> OutOfFold | None:
        Run(graft.home / "run").request_stop()
        return answers(*given)

    monkeypatch.setattr(cross_fit, "cross_fit", stopping)
    said = graft.train(coloured, "run", small(epochs=2))
    run = Run(graft.home / "run")
    assert said.json["state"] == BACKEND.status(run).state == "cancelled" and said.json["epochs"] == 2
    assert run.report().calibration is None and run.report().cross_validation is None and scale(run) == 1.0


def test_a_temperature_that_does_not_hold_on_validation_is_left_out_and_that_is_said(
    graft: Graft, coloured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Heads that are sure of themselves and wrong half of the time, unlike the model they stand for."""
    answers = cross_fit.cross_fit

    def unlike(source: TrainingBatches, *more: Any) -> OutOfFold:
        found = answers(source, *more)
        assert found is not None
        said = (source.labels + np.arange(len(found.rows)) % 2) % 3
        return OutOfFold(found.rows, 50 * np.eye(3, dtype=np.float32)[said], found.folds)

    monkeypatch.setattr(cross_fit, "cross_fit", unlike)
    assert graft.train(coloured, "run", small(epochs=6, learning_rate=3e-3)).code == 0
    run = Run(graft.home / "run")
    found, note = calibrated(run), run.report().note
    assert found.temperature == 1.0 and found.before == found.after and scale(run) == 1.0
    assert found.refused is not None and found.refused != 1.0
    assert "was not corrected" in note and "validation pictures" in note
