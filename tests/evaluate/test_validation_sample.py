"""Answers to a few validation examples as one number."""

from __future__ import annotations

import numpy as np
import pytest

from tlcore.evaluate import validation_sample


@pytest.mark.parametrize("count", [1, 7, 20, 400])
def test_what_is_packed_comes_out(count: int) -> None:
    draw = np.random.default_rng(count)
    labels, right = draw.integers(0, 3, count), draw.random(count) < 0.5
    places = validation_sample.positions(labels)
    assert len(places) == min(count, validation_sample.MOST)
    number = validation_sample.pack(labels, right)
    assert isinstance(number, int) and number < 2**53  # whole in any reader of JSON
    assert validation_sample.unpack(number, len(places)) == list(right[places])


def test_a_rare_class_is_among_them() -> None:
    labels = np.array([0] * 300 + [1])
    assert 300 in validation_sample.positions(labels)
