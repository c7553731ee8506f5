"""Whole runs in phases: the head first, then more; never worse than before; and all from random weights."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from tests.fixtures.tiny_training import Graft, Trained, draw, in_workspace, small
from tlcore.config import RunConfig
from tlcore.config.augmentation import AugmentationConfig
from tlcore.config.split import SplitConfig
from tlcore.config.training import FineTuningConfig, TrainingConfig
from tlcore.graft.engines import device
from tlcore.graft.network import build, saved_model
from tlcore.graft.training import loop, phases
from tlcore.graft.training.batches import Inference, TrainingBatches
from tlcore.runs.metrics import epochs
from tlcore.runs.run import Run

HASTY = TrainingConfig(epochs=1, batch_size=8, learning_rate=1e-6)  # a head that has hardly learned


def weights(run: Run) -> dict[str, np.ndarray]:
    return {weight.path: np.asarray(weight) for weight in saved_model.load(run.model).weights}


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory, coloured: Path, weights_folder: Path) -> Run:
    """A head that has hardly learned, then its last two blocks. Only read it."""
    home = tmp_path_factory.mktemp("tuned")
    config = small(unfreeze=2, learning_rate=1e-3, training=HASTY)
    with pytest.MonkeyPatch.context() as patch, in_workspace(home, weights_folder, patch):
        assert Graft(home).train(coloured, "run", config).code == 0
    return Run(home / "run")


def pretrained(config: RunConfig) -> dict[str, np.ndarray]:
    whole = build.build(config, 3).model
    return {weight.path: np.asarray(weight) for weight in whole.weights}


def changed(config: RunConfig, run: Run) -> set[str]:
    before, after = pretrained(config), weights(run)
    return {path for path in before if (before[path] != after[path]).any()}


def test_all_frozen_means_that_only_the_head_changes(trained: Trained) -> None:
    found = changed(trained.run.config(), trained.run)
    assert found and all(path.startswith(("head_", "logits")) for path in found)


def test_unfrozen_blocks_change_and_batch_norm_never_does(graft: Graft, tuned: Run) -> None:
    found = changed(tuned.config(), tuned)
    assert all(path.startswith(("head_", "logits", "top_", "block7", "block6d")) for path in found)
    assert {path for path in found if path.startswith("top_conv")}
    assert not {path for path in found if "_bn/" in path}


def test_the_head_learns_first_and_what_fine_tuning_brought_is_said(tuned: Run) -> None:
    run = tuned
    ended = epochs(run.rows()[0])
    assert [row["epoch"] for row in ended] == [1, 2, 3, 4]
    assert [row["phase"] for row in ended] == ["head", *["fine-tuning"] * 3]
    report = run.report()
    assert [(phase.name, phase.epochs) for phase in report.phases] == [("head", 1), ("fine-tuning", 3)]
    head, fine_tuning = report.phases
    assert report.kept == "fine-tuning" and report.best_epoch == fine_tuning.best_epoch > head.best_epoch == 1
    assert report.validation_accuracy == fine_tuning.validation_accuracy >= head.validation_accuracy
    assert report.gain and report.gain.n == report.test.n
    right = sum(answer.predicted == answer.label for answer in report.test.predictions)
    assert 0 <= right - (report.gain.only_after - report.gain.only_before) <= report.test.n


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
    ours, theirs = weights(run), weights(alone)
    assert all((ours[path] == theirs[path]).all() for path in theirs)


def test_what_is_best_on_validation_is_kept_a_blend_if_need_be() -> None:
    """One weight: 0 at the beginning, 1 at the end, and the right one in between."""
    device.set_up_device()
    given = keras.Input((1,))
    tail = keras.Model((given,), keras.layers.Dense(2, name="logits")(given))
    x, labels = np.array([[-1.0], [1.0], [1.0]], np.float32), np.array([0, 1, 1])
    held = TrainingBatches(lambda rows: (x[rows],), np.arange(3), labels, 2)

    def at(left: float, right: float) -> list[np.ndarray]:
        return [np.array([[left, right]], np.float32), np.zeros(2, np.float32)]

    def settled(beginning: list[np.ndarray], ending: list[np.ndarray]) -> float:
        scores = []
        for weights in (beginning, ending):
            tail.set_weights(weights)
            scores.append({"epoch": 3} | loop.validate(Inference(tail), held))
        row, share = phases.keep_best_blend(tail, held, beginning, scores[0], scores[1])
        assert loop.validate(Inference(tail), held)["val_loss"] == row["val_loss"]
        assert row["val_loss"] <= scores[0]["val_loss"] and row["val_accuracy"] >= scores[0]["val_accuracy"]
        return share

    assert settled(at(0, 0), at(-3, 3)) == 1.0
    assert settled(at(-3, 3), at(0, 0)) == 0.0
    assert settled(at(-1, 1), at(3, -3)) == 0.0
    assert settled(at(3, 3), at(-9, 9)) == 1.0
    tail.set_weights(at(-1, 1))
    start = {"epoch": 0} | loop.validate(Inference(tail), held)
    assert phases.keep_best_blend(tail, held, at(-1, 1), start, None) == (start, 0.0)


def test_from_random_weights_everything_learns(graft: Graft, coloured: Path, from_scratch: Run) -> None:
    run = from_scratch
    before = pretrained(run.config())
    assert [phase.name for phase in run.report().phases] == ["whole"] and run.report().gain is None
    after = weights(run)
    still = {path for path in after if (after[path] == before[path]).all()}
    assert not [path for path in still if "moving" in path or "kernel" in path]
    said = graft.train(coloured, "frozen", small(pretrained=False))
    assert said.code == 2 and "has to train" in said.err


def test_of_fewer_pictures_no_others_are_read_and_rare_classes_weigh_more(graft: Graft) -> None:
    data = draw(graft.home / "data", per_class=8, classes=("amber", "blue"))
    draw(graft.home / "data", per_class=28, classes=("blue",), seed=1)
    assert graft.train(data, "few", small(epochs=1, split=SplitConfig(most_per_class=3))).code == 0
    few = Run(graft.home / "few")
    held = few.report().test.n + few.report().validation_n
    assert f"{held + 6} of {held + 6} rows computed" in few.log.read_text()
    losses = []
    for name, choice in (("weighted", "auto"), ("plain", "none")):
        assert graft.train(data, name, small(epochs=1, class_weights=choice)).code == 0
        losses.append(epochs(Run(graft.home / name).rows()[0])[0]["loss"])
    assert losses[0] != losses[1]
