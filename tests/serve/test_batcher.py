"""Inputs that wait are answered together, each with its own answer."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from tlcore.serve.batcher import Batcher
from tlcore.serve.inputs import ModelInput


class Model:
    """Doubles numbers, once it may."""

    def __init__(self) -> None:
        self.may_answer, self.was_asked = threading.Event(), threading.Event()
        self.sizes: list[int] = []

    def answer_batch(self, fields: Sequence[dict[str, Any]], batch: np.ndarray) -> list[dict[str, Any]]:
        self.sizes.append(len(batch))
        self.was_asked.set()
        assert self.may_answer.wait(30)
        if (batch < 0).any():
            raise ValueError("No number below nothing.")
        return [{"double": 2 * int(number)} for number in batch]


def number(value: int) -> ModelInput:
    return ModelInput({}, np.array([value]))


def test_what_gathers_while_the_model_is_at_work_is_one_batch() -> None:
    model = Model()
    batcher = Batcher(model.answer_batch, most=5)
    first = batcher.submit(number(0))
    assert model.was_asked.wait(30)
    others = [batcher.submit(number(value)) for value in range(1, 8)]
    others[2].cancel()
    model.may_answer.set()
    assert first.result(30) == {"double": 0}
    assert [one.result(30)["double"] for one in others if not one.cancelled()] == [2, 4, 8, 10, 12, 14]
    assert model.sizes == [1, 4, 2]
    assert (batcher.batches, batcher.answered) == (3, 7)
    batcher.close()


def test_a_failure_is_that_of_its_batch_and_the_end_waits_for_the_last() -> None:
    model = Model()
    batcher = Batcher(model.answer_batch, most=1)
    model.may_answer.set()
    failed, answered = batcher.submit(number(-1)), batcher.submit(number(1))
    batcher.close()
    with pytest.raises(ValueError, match="below nothing"):
        failed.result(0)
    assert answered.result(0) == {"double": 2}
