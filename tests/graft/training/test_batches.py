from __future__ import annotations

import dataclasses

import keras
import numpy as np
import pytest

from tlcore.graft.training.batches import Inference, TrainingBatches

ROWS = np.array([5, 6, 7, 8, 9])


@pytest.fixture
def asked() -> list[int]:
    return []


@pytest.fixture
def source(asked: list[int]) -> TrainingBatches:
    def read(rows: np.ndarray) -> tuple[np.ndarray, ...]:
        asked.extend(rows.tolist())
        return rows[:, None].astype(np.float32), np.stack([rows, rows], 1)

    return TrainingBatches(read, ROWS, ROWS - 5, 2)


def test_an_epochs_order_depends_on_seed_and_epoch_alone(source: TrainingBatches) -> None:
    assert (source.shuffle(1, 2) == source.shuffle(1, 2)).all()
    assert len({source.shuffle(s, e).tobytes() for s in range(3) for e in range(3)}) > 5
    assert sorted(source.shuffle(0, 1).ravel()) == [-1, 0, 1, 2, 3, 4]
    assert source.ordered().tolist() == [[0, 1], [2, 3], [4, -1]]


def test_fillers_weigh_nothing_and_are_never_read(source: TrainingBatches, asked: list[int]) -> None:
    (wide, deep), labels, weights = source.fetch(source.ordered())
    assert asked == ROWS.tolist()
    assert wide.tolist() == [[[5], [6]], [[7], [8]], [[9], [0]]] and deep.shape == (3, 2, 2)
    assert labels.tolist() == [[0, 1], [2, 3], [4, 0]]
    assert weights.tolist() == [[1, 1], [1, 1], [1, 0]]


def test_a_part_keeps_rows_and_labels_together(source: TrainingBatches) -> None:
    part = source.subset(source.labels % 2 == 0)
    assert (part.rows.tolist(), part.labels.tolist(), part.steps) == ([5, 7, 9], [0, 2, 4], 2)


@pytest.fixture
def viewed(source: TrainingBatches) -> TrainingBatches:
    """Five examples with three views each: rows 0 to 4, 100 to 104 and 200 to 204."""
    return dataclasses.replace(source, rows=np.arange(5)[:, None] + [0, 100, 200])


def test_each_epoch_draws_another_view_and_each_view_has_its_turn(viewed: TrainingBatches) -> None:
    for seed in range(4):
        drawn = np.stack([viewed.epoch_view(seed, epoch).rows for epoch in range(1, 8)])
        assert (drawn % 100 == np.arange(5)).all()
        assert (drawn[1:] != drawn[:-1]).all()
        for start in range(5):  # any three epochs on end
            assert (np.sort(drawn[start : start + 3], axis=0) == viewed.rows.T).all()


def test_what_is_drawn_depends_on_seed_and_epoch_alone(viewed: TrainingBatches) -> None:
    assert (viewed.epoch_view(1, 2).rows == viewed.epoch_view(1, 2).rows).all()
    assert len({viewed.epoch_view(seed, 1).rows.tobytes() for seed in range(8)}) > 4
    assert len(set(viewed.epoch_view(0, 1).rows // 100)) > 1  # not all examples show the same view


def test_views_change_neither_labels_nor_steps(
    viewed: TrainingBatches, source: TrainingBatches, asked: list[int]
) -> None:
    drawn = viewed.epoch_view(3, 1)
    assert (viewed.steps, drawn.steps) == (3, 3) and (drawn.labels == source.labels).all()
    (wide, _), labels, weights = drawn.fetch(drawn.shuffle(3, 1))
    assert sorted(asked) == sorted(drawn.rows)
    assert (wide[..., 0] % 100 == labels).all() and weights.sum() == 5
    part = viewed.subset(viewed.labels % 2 == 0)
    assert part.rows.tolist() == [[0, 100, 200], [2, 102, 202], [4, 104, 204]]


def test_without_views_every_epoch_sees_the_same(source: TrainingBatches) -> None:
    assert source.epoch_view(1, 1) is source


def test_answers_come_batch_by_batch_with_their_targets(source: TrainingBatches, asked: list[int]) -> None:
    """Raw outputs of a whole split would take gigabytes in detection."""
    wide, deep = keras.Input((1,)), keras.Input((2,))
    pairs = Inference(keras.Model((wide, deep), wide * 10.0)).batch_pairs(source)
    targets, outputs = next(pairs)
    assert asked == [5, 6] and (targets.tolist(), outputs.tolist()) == ([0, 1], [[50], [60]])
    assert [(t.tolist(), o.tolist()) for t, o in pairs] == [([2, 3], [[70], [80]]), ([4], [[90]])]
    assert Inference(keras.Model((wide, deep), wide * 10.0))(source).shape == (5, 1)
