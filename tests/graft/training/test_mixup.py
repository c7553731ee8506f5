from __future__ import annotations

import numpy as np
import tensorflow as tf

from tlcore.graft.training import mixup

ORDER = np.array([[4, 1, 0, 5], [3, 2, -1, -1]])


def test_partners_are_real_and_of_the_same_batch_and_the_draw_depends_on_the_epoch_alone() -> None:
    partners, shares = mixup.draw_pairs(ORDER, 0.4, seed=1, epoch=2)
    assert sorted(partners[0]) == [0, 1, 2, 3] and sorted(partners[1, :2]) == [0, 1]
    assert ((shares >= 0.5) & (shares <= 1)).all()
    again = mixup.draw_pairs(ORDER, 0.4, seed=1, epoch=2)
    assert (again[0] == partners).all() and (again[1] == shares).all()
    assert (mixup.draw_pairs(ORDER, 0.4, seed=1, epoch=3)[1] != shares).any()


def test_blended_is_between_the_two_in_any_kind_of_number() -> None:
    partners, shares = tf.constant([1, 0]), tf.constant([0.75, 1.0])
    floats = mixup.blend(tf.constant([[[0.0, 8.0]], [[4.0, 0.0]]]), partners, shares)
    np.testing.assert_allclose(floats, [[[1.0, 6.0]], [[4.0, 0.0]]])
    pixels = mixup.blend(tf.constant([[0, 8], [5, 0]], tf.uint8), partners, shares)
    assert pixels.dtype == tf.uint8
    np.testing.assert_array_equal(pixels, [[1, 6], [5, 0]])
