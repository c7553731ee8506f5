"""Whole runs in phases: the head first, then more; never worse than before; and all from random weights."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.fixtures.finished_runs import Tuned, saved_weights
from tests.fixtures.short_lite0 import shortened
from tests.fixtures.tiny_training import Graft, Trained, draw, small
from tlcore.config.augmentation import AugmentationConfig
from tlcore.config.split import SplitConfig
from tlcore.config.training import FineTuningConfig, TrainingConfig
from tlcore.graft.engines import device
from tlcore.graft.network import build
from tlcore.graft.training import loop, phases
from tlcore.graft.training.batches import TrainingBatches
from tlcore.graft.training.objectives.classification import Classification
from tlcore.runs.metrics import epochs
from tlcore.runs.run import Run
from tlcore.runs.split_assignment import assign_splits

pytestmark = pytest.mark.usefixtures("unverified")
Beginning = tuple[keras.Model, dict[str, np.ndarray]]  # a network, and weights by their paths


def by_path(whole: keras.Model) -> dict[str, np.ndarray]:
    return {weight.path: np.array(weight) for weight in whole.weights}


@pytest.fixture(scope="module")
def beginning(trained: Trained) -> Beginning:
    """What a run of Lite0 with published weights begins with, however much of it trains."""
    with shortened():
        whole = build.build(trained.run.config(), 3).model
    return whole, by_path(whole)


def changed(run: Run, beginning: Beginning) -> set[str]:
    """Paths of the weights that its training has changed."""
    whole, before = beginning
    whole.load_weights(run.model)
    after = by_path(whole)
    return {path for path in before if (before[path] != after[path]).any()}


def test_all_frozen_means_that_only_the_head_changes(trained: Trained, beginning: Beginning) -> None:
    found = changed(trained.run, beginning)
    assert found and all(path.startswith(("head_", "logits")) for path in found)


def test_unfrozen_blocks_change_and_batch_norm_never_does(tuned: Tuned, beginning: Beginning) -> None:
    found = changed(tuned.run, beginning)
    assert all(path.startswith(("head_", "logits", "top_", "block7", "block6d")) for path in found)
    assert {path for path in found if path.startswith("top_conv")}
    assert not {path for path in found if "_bn/" in path}


def test_the_head_learns_first_and_what_fine_tuning_brought_is_said(tuned: Tuned) -> None:
    run = tuned.run
    ended = epochs(run.rows()[0])
    assert [row["epoch"] for row in ended] == [1, 2, 3, 4, 5]
    assert [row["phase"] for row in ended] == ["head", *["fine-tuning"] * 4]
    report = run.report()
    assert [(phase.name, phase.epochs) for phase in report.phases] == [("head", 1), ("fine-tuning", 4)]
    head, fine_tuning = report.phases
    assert report.kept == "fine-tuning" and report.best_epoch == fine_tuning.best_epoch > head.best_epoch == 1
    assert report.validation_accuracy == fine_tuning.validation_accuracy >= head.validation_accuracy
    assert report.gain and report.gain.n == report.test.n
    right = sum(answer.predicted == answer.label for answer in report.test.predictions)
    assert 0 <= right - (report.gain.only_after - report.gain.only_before) <= report.test.n


@pytest.mark.usefixtures("without_cross_fit", "features_there")
def test_never_worse_than_the_head_alone(graft: Graft, trained: Trained) -> None:
    """Steps that ruin the network: the model is the one with the head alone, to the last bit."""
    unmixed = AugmentationConfig(mixup=0.0)  # as a frozen network is trained
    steps = FineTuningConfig(epochs=2, learning_rate=50.0, patience=0)
    head = trained.run.config().training
    ruined = small(unfreeze=1, augmentation=unmixed, training=head, fine_tuning=steps)
    assert graft.train(trained.data, "ruined", ruined).code == 0
    alone, run = trained.run, Run(graft.home / "ruined")
    report = run.report()
    assert report.kept == "head" and report.best_epoch == report.phases[0].best_epoch
    assert report.validation_accuracy == alone.report().validation_accuracy
    assert report.gain and (report.gain.only_after, report.gain.only_before) == (0, 0)
    ours, theirs = saved_weights(run), saved_weights(alone)
    assert all((ours[place] == theirs[place]).all() for place in theirs)


def test_what_is_best_on_validation_is_kept_a_blend_if_need_be() -> None:
    """One weight: 0 at the beginning, 1 at the end, and the right one in between."""
    device.set_up_device()
    given = keras.Input((1,))
    tail = keras.Model((given,), keras.layers.Dense(2, name="logits")(given))
    x, labels = np.array([[-1.0], [1.0], [1.0]], np.float32), np.array([0, 1, 1])
    held = TrainingBatches(lambda rows: (x[rows],), np.arange(3), labels, 2)
    objective = Classification(TrainingConfig(), 2)

    def at(left: float, right: float) -> list[np.ndarray]:
        return [np.array([[left, right]], np.float32), np.zeros(2, np.float32)]

    def settled(beginning: list[np.ndarray], ending: list[np.ndarray]) -> float:
        scores = []
        for weights in (beginning, ending):
            tail.set_weights(weights)
            scores.append({"epoch": 3} | loop.validate(tail, objective, held))
        row, share = phases.keep_best_blend(tail, objective, held, beginning, scores[0], scores[1])
        assert loop.validate(tail, objective, held)["val_loss"] == row["val_loss"]
        assert row["val_loss"] <= scores[0]["val_loss"] and row["val_accuracy"] >= scores[0]["val_accuracy"]
        return share

    assert settled(at(0, 0), at(-3, 3)) == 1.0
    assert settled(at(-3, 3), at(0, 0)) == 0.0
    assert settled(at(-1, 1), at(3, -3)) == 0.0
    assert settled(at(3, 3), at(-9, 9)) == 1.0
    tail.set_weights(at(-1, 1))
    start = {"epoch": 0} | loop.validate(tail, objective, held)
    assert phases.keep_best_blend(tail, objective, held, at(-1, 1), start, None) == (start, 0.0)


def test_from_random_weights_everything_learns(graft: Graft, coloured: Path, from_scratch: Run) -> None:
    run = from_scratch
    whole = build.build(run.config(), 3).model
    before = by_path(whole)
    whole.load_weights(run.model)
    after = by_path(whole)
    assert [phase.name for phase in run.report().phases] == ["whole"] and run.report().gain is None
    still = {path for path in after if (after[path] == before[path]).all()}
    assert not [path for path in still if "moving" in path or "kernel" in path]
    said = graft.train(coloured, "frozen", small(pretrained=False))
    assert said.code == 2 and "has to train" in said.err


def test_of_fewer_pictures_no_others_are_read_and_rare_classes_weigh_more(
    graft: Graft, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each run ends where it would take its first step. How weights count in it: `test_step.py`."""
    data = draw(graft.home / "data", per_class=8, classes=("amber", "blue"))
    draw(graft.home / "data", per_class=28, classes=("blue",), seed=1)
    lessons: list[TrainingBatches] = []
    monkeypatch.setattr(loop, "run_epoch", lambda steps, batches, *ignored: lessons.append(batches))
    for choice in ("auto", "none"):
        config = small(class_weights=choice, split=SplitConfig(most_per_class=10))
        assert graft.train(data, choice, config).code == 0
    run = Run(graft.home / "auto")
    examples, splits = run.manifest().examples, assign_splits(run.config(), run.manifest())
    places = Counter((e.label, split) for e, split in zip(examples, splits, strict=True))
    assert places["blue", "train"] == 10 > places["amber", "train"] and places["blue", "unused"] > 5
    used = len(examples) - places["blue", "unused"]
    assert f"{used} of {used} rows computed" in run.log.read_text()
    weighted, plain = lessons
    assert weighted.weights is not None and (plain.weights is None or len(set(plain.weights)) == 1)
    amber = weighted.labels == run.labels().index("amber")
    assert weighted.weights[amber].min() > 1 > weighted.weights[~amber].max()
