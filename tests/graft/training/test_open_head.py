"""Runs whose head is left open: solved, refit, and honest about the validation examples."""

from __future__ import annotations

import functools
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.fixtures.tiny_training import Graft, in_workspace, unread
from tlcore.config import RunConfig
from tlcore.data.images import decode
from tlcore.graft.engines.engine import KerasEngine
from tlcore.graft.inputs.image_rows import ImageRows
from tlcore.graft.network import cut, saved_model
from tlcore.graft.training import loop, open_head
from tlcore.graft.training.run_context import RunContext
from tlcore.runs import metrics
from tlcore.runs.job import Reporter
from tlcore.runs.run import Run

pytestmark = pytest.mark.usefixtures("unverified")
OPEN = RunConfig(input_size=64)


def trained(graft: Graft, coloured: Path, name: str) -> Run:
    said = graft.train(coloured, name, OPEN)
    assert said.code == 0, said.err
    return Run(graft.home / name)


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory, weights_folder: Path, coloured: Path) -> Run:
    """A run whose head was left open. Only read it."""
    home = tmp_path_factory.mktemp("solved")
    with pytest.MonkeyPatch.context() as patch, in_workspace(home, weights_folder, patch):
        patch.setattr(saved_model, "verify", unread)
        return trained(Graft(home), coloured, "run")


@functools.cache
def loaded(file: Path) -> keras.Model:
    """Once for all tests that only ask it."""
    return saved_model.load(file)


def layer(run: Run) -> list[np.ndarray]:
    return list(loaded(run.model).get_layer("logits").get_weights())


def test_a_head_that_is_open_is_solved_and_refit(solved: Run, coloured: Path) -> None:
    run = solved
    report, rows = run.report(), metrics.epochs(run.rows()[0])
    assert report.refit and report.head_choice is not None and report.head_choice.hidden == ()
    assert len(rows) == report.epochs == OPEN.training.epochs
    best = rows[report.best_epoch - 1]
    assert (report.validation_accuracy, report.validation_loss) == (best["val_accuracy"], best["val_loss"])
    assert report.calibration is not None and report.calibration.fitted_on == "out-of-fold"
    assert report.cross_validation is not None and report.test.accuracy > 0.8
    # It stays open: a run that is resumed solves it again.
    assert run.config().is_head_open

    # The figures on validation are those of the head from before it learned from these examples.
    model = loaded(run.model)
    before = np.load(run.folder / open_head.BEFORE_REFIT)
    assert np.abs(before["arr_0"] - layer(run)[0]).max() > 1e-6
    front = keras.Model(model.input, cut.head_input(model))
    context = RunContext(run, run.config(), run.dataset(), run.manifest(), None)  # type: ignore[arg-type]
    held_out = context.rows("validation")
    names = [context.manifest.examples[row].name for row in held_out]
    pictures = np.stack([decode.decode(coloured / name, 64, "stretch") for name in names])
    logits = np.asarray(front(pictures, training=False)) @ before["arr_0"] + before["arr_1"]
    right = logits.argmax(axis=1) == context.class_numbers()[held_out]
    assert right.mean() == pytest.approx(report.validation_accuracy)


def test_solved_again_as_by_a_run_that_was_killed_it_is_the_same(
    solved: Run, coloured: Path, tmp_path: Path
) -> None:
    model = loaded(solved.model)
    engine = KerasEngine(keras.Model(model.input, cut.head_input(model)))
    run = Run.prepare(tmp_path / "run", solved.config())
    context = RunContext(run, run.config(), solved.dataset(), solved.manifest(), Reporter(run))
    pictures = ImageRows([coloured / one.name for one in context.manifest.examples], 64, "stretch")
    given = keras.Input((1280,))
    tail = keras.Model((given,), keras.layers.Dense(3, name="logits")(given))
    head = open_head.solve_head(context, tail, lambda rows: engine.run(pictures(rows)), pictures)
    for one, other in zip(tail.get_weights(), layer(solved), strict=True):
        np.testing.assert_array_equal(one, other)
    assert metrics.epochs(run.rows()[0]) == metrics.epochs(solved.rows()[0])
    assert head.choice == solved.report().head_choice


@pytest.mark.usefixtures("without_cross_fit", "features_there")
def test_what_continues_from_it_begins_before_the_refit(graft: Graft, coloured: Path, solved: Run) -> None:
    more = Run(graft.home / "more")
    words = ("train", coloured, "--out", more.folder, "--start-from", solved.folder, "--epochs", 1, "--json")
    said = graft.call(*words)
    assert said.code == 0, said.err
    assert more.config().head.hidden == () and not more.config().is_head_open
    assert not more.report().refit
    if more.report().kept == "start":
        before = np.load(solved.folder / open_head.BEFORE_REFIT)
        np.testing.assert_allclose(layer(more)[0], before["arr_0"], atol=1e-6)


@pytest.mark.parametrize("content", [None, b"", b"PK\x05\x06", "compressed"])
def test_a_spoiled_head_from_before_is_left_alone(tmp_path: Path, content: bytes | str | None) -> None:
    features = keras.Input((4,))
    model = keras.Model(features, keras.layers.Dense(2, name="logits")(features))
    before = model.get_weights()
    file = tmp_path / open_head.BEFORE_REFIT
    if content == "compressed":
        np.savez_compressed(file, np.zeros((400, 200)), np.zeros(2))
    elif isinstance(content, bytes):
        file.write_bytes(content)
    open_head.restore_before_refit(model, Run(tmp_path))
    np.testing.assert_array_equal(model.get_weights()[0], before[0])
    np.savez(file, np.ones((4, 2)), np.ones(2))
    open_head.restore_before_refit(model, Run(tmp_path))
    assert (model.get_weights()[0] == 1).all()


@pytest.mark.usefixtures("features_there")
def test_many_examples_train_step_by_step(
    graft: Graft, coloured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    epochs: list[object] = []
    monkeypatch.setattr(open_head, "MOST", 10)
    monkeypatch.setattr(loop, "run_epoch", lambda *given: epochs.append(given))  # which stops it
    run = trained(graft, coloured, "run")
    assert run.config().head.hidden == (128,) and epochs
    assert not (run.folder / open_head.BEFORE_REFIT).exists()
