"""The code of a segmenter, executed: the same pixels, masks and network as in the run; and it learns."""

from __future__ import annotations

import csv
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
from tests.fixtures.tiny_training import Trained
from tlcore import config as configuration
from tlcore.config import RunConfig, recommended
from tlcore.config.training import HeadConfig
from tlcore.data.annotations.class_maps import read_class_map
from tlcore.errors import RunError
from tlcore.evaluate.segmentation.class_maps import likeliest
from tlcore.export.code import documents, files
from tlcore.export.code.common import values
from tlcore.export.code.common.values import CodeValues
from tlcore.graft.inputs.dense_rows import SegmentationRows
from tlcore.graft.network import saved_model
from tlcore.graft.training.objectives.segmentation import Segmentation
from tlcore.runs.run import Run

# The layers of the run's head, by kind, in the order in which the script makes its own.
LAYERS = {
    keras.layers.Conv2D: "gate top lateral_2 lateral_1 down_1_pointwise lateral_0 down_0_pointwise "
    "head_pointwise logits",
    keras.layers.DepthwiseConv2D: "down_1_depthwise down_0_depthwise head_depthwise",
    keras.layers.BatchNormalization: "top_bn lateral_2_bn lateral_1_bn down_1_depthwise_bn down_1_bn "
    "lateral_0_bn down_0_depthwise_bn down_0_bn head_depthwise_bn head_bn",
}

pytestmark = pytest.mark.filterwarnings("ignore:Even though the `tf.config")  # of tf.data, which hands on


@pytest.fixture(scope="module")
def run(trained_segmenter: Trained, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return written_code.shortened(trained_segmenter, tmp_path_factory.mktemp("areas") / "run")


@pytest.fixture(scope="module")
def written(run: Run, weights_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written_code.write_code(run, weights_folder, tmp_path_factory.mktemp("code") / "areas")


@pytest.fixture(scope="module")
def found(written: Path) -> Iterator[dict[str, Any]]:
    """The names that the script has defined at its end."""
    with written_code.eager():
        yield written_code.run_script(written)


def test_the_script_sees_the_same_pixels_and_masks(run: Run, found: dict[str, Any]) -> None:
    config = run.config()
    for part, count in {"train": 12, "validation": 4}.items():
        some = [example for example, split in files.split_of(run) if split == part]
        rows = SegmentationRows(run.dataset(), some, 128, config.augmentation)
        assert len(some) == count
        assert (found[f"x_{part}"] == rows(np.arange(count))).all()
        assert (found[f"y_{part}"] == rows.class_maps(np.arange(count))).all()
    first, moved = found["y_copies"]
    assert moved.shape == first.shape and (moved != first).any() and {*np.unique(moved)} == {0, 1, 2, 255}


def test_it_builds_the_network_of_the_run_and_learns_by_its_loss(run: Run, found: dict[str, Any]) -> None:
    own = saved_model.load(run.model)
    written_code.give_weights(found["head"], own, LAYERS)
    theirs = own(found["x_validation"]).numpy()
    np.testing.assert_allclose(found["model"](found["x_validation"]), theirs, atol=2e-3)
    masks, scores = found["y_validation"], np.random.default_rng(0).normal(0, 3, (4, 16, 16, 3))
    small = tf.Variable(scores, dtype=tf.float32)
    losses = []
    for loss in (
        lambda: Segmentation(3, 128).losses(tf.constant(masks), small),
        lambda: found["area_loss"](tf.constant(masks), tf.image.resize(small, (128, 128), "bilinear")),
    ):
        with tf.GradientTape() as tape:
            value = tf.reduce_mean(loss())
        losses.append((value.numpy(), tape.gradient(value, small).numpy()))
    for one, other in zip(*losses, strict=True):  # pixels that do not count have no gradient either
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-7)


def test_it_answers_in_the_size_of_the_picture_and_draws_it(
    run: Run, written: Path, found: dict[str, Any]
) -> None:
    rows = list(csv.DictReader((written / "split.csv").read_text().splitlines()))
    examples = [example for example, _ in files.split_of(run)]
    own = [pair for pair in zip(rows, examples, strict=True) if pair[0]["split"] == "test"]
    assert len(own) == 4
    for row, example in own:
        stored = read_class_map(run.dataset().file(example.mask))
        assert (np.asarray(Image.open(written / row["mask"])) == stored).all()
    for row, example in own[:2]:  # one is wide, the other one high
        areas = found["find_areas"](written / row["path"])
        chances = found["model"](found["read_picture"](written / row["path"])[None])[0].numpy()
        assert (areas == likeliest(chances, example.width, example.height)).all()
    drawn = Image.open(written / "answer.png")
    assert drawn.size == Image.open(written / own[0][0]["path"]).size and (written / "model.keras").is_file()


def of(**changes: Any) -> CodeValues:
    config = msgspec.structs.replace(recommended.RECOMMENDED["segmentation"], **changes)
    return CodeValues(configuration.resolved(config, "segmentation"), ("background", "a"), scores=(0.9, 0.8))


def test_every_code_is_python_that_can_be_read() -> None:
    for head in (HeadConfig(hidden=(96,), dropout=0.0), HeadConfig(hidden=(32,), dropout=0.2)):
        text = documents.script(of(head=head))
        compile(text, "train.py", "exec")
        lines = text.splitlines()
        assert max(map(len, lines)) <= 110 and len(lines) <= 280
        assert ("Dropout(0.2)" in text) is (head.dropout > 0) and f"WIDTH = {head.hidden[0]}" in text
    assert "# The run itself: validation 0.900, test 0.800.\n_, score" in text


def test_what_the_script_does_not_carry_is_refused() -> None:
    for changes in ({"unfreeze": 2}, {"pretrained": False, "unfreeze": "all"}, {"start_from": "/earlier"}):
        with pytest.raises(RunError, match="the code of areas is written for a frozen backbone"):
            values.check(RunConfig(task="segmentation", **changes))
