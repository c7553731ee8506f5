"""The mean IoU of a segmenter's score is the one of Keras, which training shows."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from tests.fixtures.drawn_areas import drawn_areas
from tlcore.evaluate.segmentation.score import score


@pytest.mark.parametrize("ignored", [0.0, 0.3])
@pytest.mark.parametrize("present", [1, 2, 4], ids=lambda present: f"{present} of 4 classes")
def test_the_mean_iou_is_that_of_keras(present: int, ignored: float) -> None:
    truth, answers = drawn_areas(present, 6, present, ignored)
    found = score("test", tuple("abcd"), truth, answers, [("", str(i)) for i in range(6)])
    metric = keras.metrics.MeanIoU(num_classes=4, ignore_class=255)
    for maps in zip(truth, answers, strict=True):
        metric.update_state(*(one.astype(np.int32) for one in maps))
    assert found.miou == pytest.approx(float(metric.result()), abs=1e-6)
