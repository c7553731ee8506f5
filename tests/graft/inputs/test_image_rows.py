"""Rows of a data set: decoded in order and ahead, with their views, and what names them."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from tlcore import system
from tlcore.config.augmentation import AugmentationConfig
from tlcore.data.images import decode as decoder
from tlcore.data.images.augment import augment
from tlcore.errors import DataError
from tlcore.graft.inputs.image_rows import AHEAD, ImageRows

VIEWS = AugmentationConfig(views=2)


class Watched(ImageRows):
    """Remembers what it decoded; rows from 4 on wait until they may."""

    def __init__(self, paths: list[Path]) -> None:
        super().__init__(paths, 8, "stretch")
        self.decoded: list[int] = []
        self.may = threading.Event()

    def decode(self, row: int) -> np.ndarray:
        assert row < 4 or self.may.wait(30)
        self.decoded.append(row)
        return super().decode(row)

    def finish(self) -> list[int]:
        """Let go, and wait for all that was begun."""
        self.may.set()
        self._pool.shutdown()
        return sorted(self.decoded)


def test_decoded_ahead_is_decoded_in_order(pictures: ImageRows) -> None:
    rows = np.arange(30)[::-1].copy()
    parts, batches = zip(*pictures.batches(rows, 8), strict=True)
    assert [len(batch) for batch in batches] == [8, 8, 8, 6]
    assert (np.concatenate(parts) == rows).all()
    assert (np.concatenate(batches) == pictures(rows)).all()
    assert pictures(rows).shape == (30, 64, 64, 3) and pictures(rows).dtype == np.uint8
    assert list(pictures.batches(rows[:0], 8)) == []


def test_a_few_batches_are_decoded_before_they_are_asked_for_and_no_more(stored: list[Path]) -> None:
    source = Watched(stored)
    batches = source.batches(np.arange(30), 4)
    next(batches)
    assert source.finish() == list(range(4 + 4 * AHEAD))


def test_who_leaves_early_leaves_no_work_behind(stored: list[Path]) -> None:
    source = Watched(stored)
    batches = source.batches(np.arange(30), 4)
    next(batches)
    batches.close()
    assert len(source.finish()) <= 4 + system.cpu_count()  # one that each thread had begun


@pytest.fixture
def torn(stored: list[Path], tmp_path: Path) -> ImageRows:
    """The tenth picture is not there any more, the twentieth is cut short."""
    paths = [Path(shutil.copy(path, tmp_path)) for path in stored]
    paths[10].unlink()
    paths[20].write_bytes(paths[20].read_bytes()[:1000])
    return ImageRows(paths, 64, "stretch")


def test_a_picture_that_went_away_is_named(torn: ImageRows) -> None:
    for rows in ([10], [10 + torn.total]):
        with pytest.raises(DataError, match=rf"{torn.paths[10].name}.*Import the data set again"):
            torn(np.array(rows))
    batches = torn.batches(np.arange(30), 4)
    assert [len(next(batches)[1]) for _ in range(2)] == [4, 4]
    with pytest.raises(DataError, match=torn.paths[10].name):
        next(batches)
    with pytest.raises(DataError, match=rf"cut short.*{torn.paths[20].name}"):
        torn(np.array([19, 20]))


def test_a_row_is_a_picture_in_one_of_its_views(stored: list[Path]) -> None:
    source = ImageRows(stored, 64, "stretch", VIEWS)
    plain = decoder.decode(stored[7], 64, "stretch")
    found = source(np.array([7, 7 + 30, 7 + 60]))
    assert (found[0] == plain).all()
    for view in (1, 2):
        assert (found[view] == augment(plain, VIEWS, stored[7].name, view)).all()
    assert len({square.tobytes() for square in found}) == 3


def test_every_row_has_a_key_of_its_own_and_a_picture_has_the_hash_of_its_bytes(stored: list[Path]) -> None:
    keys = ImageRows(stored, 64, "stretch", VIEWS).keys(np.arange(90))
    assert len(set(keys)) == 90 and {len(key) for key in keys} == {32}
    assert [key.hex() for key in keys[:30]] == [path.name for path in stored]


def test_a_key_stays_whatever_else_is_in_the_data_set(stored: list[Path]) -> None:
    """More views, fewer pictures and another order move the rows, not the keys."""
    keys = ImageRows(stored, 64, "stretch", VIEWS).keys(np.array([7, 37, 67]))
    other = ImageRows(stored[9:4:-1], 64, "stretch", AugmentationConfig(views=5))
    assert other.keys(np.array([2, 2 + 5, 2 + 10])) == keys
    mirrored = ImageRows(stored, 64, "stretch", AugmentationConfig(views=2, flip=False))
    changed = mirrored.keys(np.array([7, 37, 67]))
    assert changed[0] == keys[0] and not set(changed[1:]) & set(keys)


def test_keys_are_the_same_on_every_machine_and_day() -> None:
    source = ImageRows([Path("ab" * 32)], 64, "stretch", VIEWS)
    assert [key.hex()[:16] for key in source.keys(np.arange(3))] == [
        "abababababababab",
        "a09ee02df4c134cc",
        "c9340070162ca84c",
    ]
