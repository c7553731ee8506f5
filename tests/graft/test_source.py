from __future__ import annotations

import numpy as np
import pytest

from tlcore.graft.source import Source

ROWS = np.array([5, 6, 7, 8, 9])


@pytest.fixture
def asked() -> list[int]:
    return []


@pytest.fixture
def source(asked: list[int]) -> Source:
    def read(rows: np.ndarray) -> tuple[np.ndarray, ...]:
        asked.extend(rows.tolist())
        return rows[:, None].astype(np.float32), np.stack([rows, rows], 1)

    return Source(read, ROWS, ROWS - 5, 2)


def test_an_epochs_order_depends_on_seed_and_epoch_alone(source: Source) -> None:
    assert (source.order(1, 2) == source.order(1, 2)).all()
    assert len({source.order(s, e).tobytes() for s in range(3) for e in range(3)}) > 5
    assert sorted(source.order(0, 1).ravel()) == [-1, 0, 1, 2, 3, 4]
    assert source.in_order().tolist() == [[0, 1], [2, 3], [4, -1]]


def test_fillers_weigh_nothing_and_are_never_read(source: Source, asked: list[int]) -> None:
    (wide, deep), labels, weights = source.fetch(source.in_order())
    assert asked == ROWS.tolist()
    assert wide.tolist() == [[[5], [6]], [[7], [8]], [[9], [0]]] and deep.shape == (3, 2, 2)
    assert labels.tolist() == [[0, 1], [2, 3], [4, 0]]
    assert weights.tolist() == [[1, 1], [1, 1], [1, 0]]


def test_a_part_keeps_rows_and_labels_together(source: Source) -> None:
    part = source.part(source.labels % 2 == 0)
    assert (part.rows.tolist(), part.labels.tolist(), part.steps) == ([5, 7, 9], [0, 2, 4], 2)
