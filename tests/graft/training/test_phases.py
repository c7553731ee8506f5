"""Whole runs in phases: the head first, then more; never worse than before; and all from random weights."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.fixtures.finished_runs import Tuned, saved_weights
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


def before_and_after(run: Run) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Weights by their paths: those the run began with, and those of its finished model."""
    whole = build.build(run.config(), 3).model
    before = {weight.path: np.array(weight) for weight in whole.weights}
    whole.load_weights(run.model)
    return before, {weight.path: np.array(weight) for weight in whole.weights}


def changed(run: Run) -> set[str]:
    before, after = before_and_after(run)
    return {path for path in before if (before[path] != after[path]).any()}


def test_all_frozen_means_that_only_the_head_changes(trained: Trained) -> None:
    found = changed(trained.run)
    assert found and all(path.startswith(("head_", "logits")) for path in found)


def test_unfrozen_blocks_change_and_batch_norm_never_does(tuned: Tuned) -> None:
    found = changed(tuned.run)
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
    before, after = before_and_after(run)
    assert [phase.name for phase in run.report().phases] == ["whole"] and run.report().gain is None
    still = {path for path in after if (after[path] == before[path]).all()}
    assert not [path for path in still if "moving" in path or "kernel" in path]
    said = graft.train(coloured, "frozen", small(pretrained=False))
    assert said.code == 2 and "has to train" in said.err


def test_of_fewer_pictures_no_others_are_read_and_rare_classes_weigh_more(
    graft: Graft, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each run ends with its first epoch."""
    data = draw(graft.home / "data", per_class=8, classes=("amber", "blue"))
    draw(graft.home / "data", per_class=28, classes=("blue",), seed=1)
    run_epoch = loop.run_epoch
    losses: list[float] = []

    def end_with_it(*given: Any) -> None:
        row = run_epoch(*given)
        assert row
        losses.append(row["loss"])

    monkeypatch.setattr(loop, "run_epoch", end_with_it)
    for choice in ("auto", "none"):
        config = small(class_weights=choice, split=SplitConfig(most_per_class=10))
        assert graft.train(data, choice, config).code == 0
    run = Run(graft.home / "auto")
    examples, splits = run.manifest().examples, assign_splits(run.config(), run.manifest())
    places = Counter((e.label, split) for e, split in zip(examples, splits, strict=True))
    assert places["blue", "train"] == 10 > places["amber", "train"] and places["blue", "unused"] > 5
    used = len(examples) - places["blue", "unused"]
    assert f"{used} of {used} rows computed" in run.log.read_text()
    weighted, plain = losses
    assert weighted != plain
