"""The code of a detector, executed: pixels, boxes, network, loss and score are those of the run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import msgspec
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.fixtures import written_code
from tests.fixtures.drawn_boxes import drawn_boxes
from tests.fixtures.tiny_training import Trained
from tlcore import config as configuration
from tlcore.config import RunConfig, recommended
from tlcore.config.training import HeadConfig
from tlcore.errors import RunError
from tlcore.evaluate.detection.average_precision import mean_average_precisions
from tlcore.export.code import documents, files
from tlcore.export.code.common import values
from tlcore.export.code.common.values import CodeValues
from tlcore.graft.inputs.dense_rows import DetectionRows
from tlcore.graft.network import saved_model
from tlcore.graft.training.objectives.detection import Detection
from tlcore.runs.run import Run

HEADS = [f"head_{stride}_{i}" for stride in (8, 16, 32) for i in (0, 1)]
# The layers of the run's head, by kind, in the order in which the code makes its own.
LAYERS = {
    keras.layers.Conv2D: "lateral_0 lateral_1 lateral_2 down_1_pointwise down_0_pointwise rise_1_pointwise "
    "rise_2_pointwise logits distances " + " ".join(f"{head}_pointwise" for head in HEADS),
    keras.layers.DepthwiseConv2D: "down_1_depthwise down_0_depthwise shrink_1 rise_1_depthwise shrink_2 "
    "rise_2_depthwise " + " ".join(f"{head}_depthwise" for head in HEADS),
    keras.layers.BatchNormalization: "lateral_0_bn lateral_1_bn lateral_2_bn down_1_depthwise_bn down_1_bn "
    "down_0_depthwise_bn down_0_bn shrink_1_bn rise_1_depthwise_bn rise_1_bn shrink_2_bn rise_2_depthwise_bn "
    "rise_2_bn " + " ".join(f"{head}_depthwise_bn {head}_bn" for head in HEADS),
}
pytestmark = pytest.mark.filterwarnings("ignore:Even though the `tf.config")  # of tf.data, which hands on


@pytest.fixture(scope="module")
def run(trained_detector: Trained, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return written_code.shortened(trained_detector, tmp_path_factory.mktemp("boxes") / "run")


@pytest.fixture(scope="module")
def written(run: Run, weights_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written_code.write_code(run, weights_folder, tmp_path_factory.mktemp("code") / "boxes")


@pytest.fixture(scope="module")
def found(written: Path) -> Iterator[dict[str, Any]]:
    """The names that the notebook has defined at its end."""
    with written_code.eager():
        yield written_code.run_notebook(written)


def test_the_code_sees_the_same_pixels_and_boxes(run: Run, found: dict[str, Any]) -> None:
    config, classes = run.config(), run.manifest().classes
    for part, count in {"train": 12, "validation": 4}.items():
        some = [example for example, split in files.split_of(run) if split == part]
        rows = DetectionRows(run.dataset(), some, 128, config.augmentation, classes=classes)
        assert (found[f"x_{part}"] == rows(np.arange(count))).all()
        for own, theirs in zip(found[f"y_{part}"], rows.boxes(np.arange(count)), strict=True):
            own, theirs = (np.unique(boxes[boxes[:, 0] >= 0], axis=0) for boxes in (own, theirs))
            np.testing.assert_allclose(own, theirs, atol=1e-3)
    first, moved = found["y_copies"]
    assert moved.shape == first.shape and (moved != first).any() and moved[..., 1:].max() <= 128


def test_a_copy_has_its_boxes_where_its_objects_are(
    found: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(found, "LIGHT", {})
    picture = np.zeros((128, 128, 3), np.uint8)
    picture[40:70, 50:90] = 200
    boxes = found["filled"](np.array([[1, 50, 40, 90, 70]]))
    for _ in range(5):
        copy, moved = found["change"](picture, boxes)
        inside = np.argwhere(copy.max(axis=-1) > 150)
        (left, top), (right, bottom) = inside.min(axis=0)[::-1], inside.max(axis=0)[::-1] + 1
        np.testing.assert_allclose(moved[0], [1, left, top, right, bottom], atol=1.6)


def test_it_builds_the_network_of_the_run_and_finds_the_same(run: Run, found: dict[str, Any]) -> None:
    theirs = saved_model.load(run.model)
    written_code.give_weights(found["head"], theirs, LAYERS)
    expected = {name: np.asarray(part) for name, part in theirs(found["x_validation"]).items()}
    for i, raw in enumerate(found["model"](found["x_validation"]).numpy()):
        own = found["answers"](raw)
        sure = own[:, 5] > 0.05
        own, count = own[sure], (expected["scores"][i] > 0.05).sum()
        assert abs(len(own) - count) <= 1
        some = min(len(own), count, 5)  # the surest; behind them equal scores may change places
        np.testing.assert_allclose(own[:some, 5], expected["scores"][i][:some], atol=5e-3)
        np.testing.assert_allclose(own[:some, 1:5], expected["boxes"][i][:some], atol=0.5)


def test_it_learns_by_the_loss_of_the_run(found: dict[str, Any]) -> None:
    objects = tf.constant(found["y_train"][:4])
    start = np.random.default_rng(0).normal(0, 1, (4, len(found["CENTRES"]), 6)).astype(np.float32)
    losses = []
    for loss in (Detection(2, 128).losses, found["box_loss"]):
        raw = tf.Variable(start)
        with tf.GradientTape() as tape:
            value = tf.reduce_mean(loss(objects, raw))
        losses.append((value.numpy(), tape.gradient(value, raw).numpy()))
    for one, other in zip(*losses, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("seed", [3, 4])  # some answers of 3 overlap by exactly a half
def test_its_average_precision_is_that_of_coco(found: dict[str, Any], seed: int) -> None:
    truth, answers = drawn_boxes(seed, 20, 2)
    true = [np.column_stack([one.classes, one.boxes]) for one in truth]
    own = [np.column_stack([one.classes, one.boxes, one.scores]) for one in answers]
    own = [one[np.argsort(-one[:, 5], kind="stable")] for one in own]
    at_half, mean = mean_average_precisions(truth, answers, 2)
    assert found["average_precision"](true, own, 0.5) == pytest.approx(at_half)
    overlaps = [found["average_precision"](true, own, least) for least in np.linspace(0.5, 0.95, 10)]
    assert np.mean(overlaps) == pytest.approx(mean)


def test_it_draws_its_answer(written: Path, found: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(written)
    assert Image.open("answer.png").size == tuple(found["test_rows"][0]["size"])
    picture = found["draw_boxes"](found["path"], [[1, 10, 10, 40, 40, 0.9]])
    assert picture.getpixel((10, 20)) == (255, 0, 0) and Path("model.keras").is_file()


def of(**changes: Any) -> CodeValues:
    config = msgspec.structs.replace(recommended.RECOMMENDED["detection"], **changes)
    return CodeValues(configuration.resolved(config, "detection"), ("a", "b"), scores=(0.9, 0.8))


def test_every_code_is_python_that_can_be_read() -> None:
    for head in (HeadConfig(hidden=(96,), dropout=0.0), HeadConfig(hidden=(32,), dropout=0.2)):
        text = documents.script(of(head=head))
        compile(text, "train.py", "exec")
        assert max(map(len, text.splitlines())) <= 110
        assert len([line for line in text.splitlines() if line]) <= 300
        assert ("    x = keras.layers.Dropout(0.2)" in text) is (head.dropout > 0)
    assert "# The run itself: validation 0.900, test 0.800.\nfound" in text


def test_what_the_code_does_not_carry_is_refused() -> None:
    with pytest.raises(RunError, match="the code of boxes is written for a frozen backbone"):
        values.check(RunConfig(task="detection", unfreeze=2))
