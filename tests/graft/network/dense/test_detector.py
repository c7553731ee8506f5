"""Networks with a pyramid as head: their places and shapes, and what their files answer."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from tlcore.graft.network.dense import detector, segmenter

SIZE = 64
MAPS = tuple(keras.Input((SIZE // stride, SIZE // stride, 6)) for stride in (8, 16, 32))


def test_places_stand_in_the_middle_of_their_cells() -> None:
    centres, strides = detector.places(SIZE)
    assert len(centres) == len(strides) == 64 + 16 + 4
    assert centres[[0, 1, 8, 64, 80, 83]].tolist() == [[4, 4], [12, 4], [4, 12], [8, 8], [16, 16], [48, 48]]
    assert strides[[0, 63, 64, 79, 80]].tolist() == [8, 8, 16, 16, 32]


def test_boxes_reach_from_their_place_and_stay_in_the_square() -> None:
    centres, strides = detector.places(SIZE)
    raw = np.full((1, len(centres), 6), np.log(np.expm1(0.25)), np.float32)  # half a stride to each side
    boxes = np.asarray(detector.boxes_of(raw, SIZE))[0]
    cells = np.concatenate([centres - strides[:, None] / 2, centres + strides[:, None] / 2], 1)
    assert boxes == pytest.approx(cells, abs=1e-3)
    far = np.asarray(detector.boxes_of(np.full_like(raw, 100.0), SIZE))[0]
    assert (far == [0, 0, SIZE, SIZE]).all()


@pytest.mark.parametrize("dropout", [0.0, 0.2])
def test_shapes(dropout: float) -> None:
    raw = detector.add_detector(MAPS, 16, dropout, 3)
    assert raw.shape == (None, 84, 7)
    shapes = {name: tensor.shape for name, tensor in detector.add_detections(raw, SIZE).items()}
    assert shapes == {"boxes": (None, 100, 4), "scores": (None, 100), "classes": (None, 100)}
    logits = segmenter.add_segmenter(MAPS, 16, dropout, 3)
    assert logits.shape == (None, 8, 8, 3)
    assert segmenter.add_chances(logits).shape == (None, SIZE, SIZE, 3)


def test_a_new_detector_is_sure_of_nothing() -> None:
    raw = keras.Model(MAPS, detector.add_detector(MAPS, 16, 0.0, 3))(
        [np.ones((1, *m.shape[1:])) for m in MAPS]
    )
    assert np.asarray(keras.ops.sigmoid(raw[..., :-4])).max() < 0.1
