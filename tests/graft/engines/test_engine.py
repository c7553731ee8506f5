"""Keras as an engine: its answers are the network's own, however many pictures it is given."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from tlcore.graft.engines.engine import KerasEngine
from tlcore.graft.inputs.image_rows import ImageRows
from tlcore.graft.inputs.protocol import CPU_BATCH


@pytest.fixture(scope="module")
def engine(pooled: keras.Model) -> KerasEngine:
    return KerasEngine(pooled)


def test_short_and_long_batches_are_answered_as_the_network_answers(
    engine: KerasEngine, pooled: keras.Model, pictures: ImageRows
) -> None:
    """Padding to a whole batch changes nothing, and makes no second trace."""
    some = pictures(np.arange(30))
    batch = np.concatenate([some, some[::-1], some])
    expected = np.asarray(pooled(batch, training=False))
    for count in (1, CPU_BATCH - 1, CPU_BATCH, CPU_BATCH + 1, len(batch)):
        (found,) = engine.run(batch[:count])
        assert found.shape == (count, 1280) and found.dtype == np.float32
        np.testing.assert_allclose(found, expected[:count], rtol=1e-6, atol=1e-5)
    assert engine._compiled.experimental_get_tracing_count() == 1


def test_a_picture_has_the_same_answer_in_whatever_company(engine: KerasEngine, pictures: ImageRows) -> None:
    batch = pictures(np.arange(30))
    (together,), (alone,) = engine.run(batch), engine.run(batch[4:5])
    assert (together[4] == alone[0]).all()


def test_a_stream_gives_all_rows_in_their_order(engine: KerasEngine, pictures: ImageRows) -> None:
    rows = np.concatenate([np.arange(30)[::-1], np.arange(20)])
    parts = list(engine.stream(pictures, rows))
    assert [len(part) for part, _ in parts] == [32, 18]
    assert (np.concatenate([part for part, _ in parts]) == rows).all()
    (expected,) = engine.run(pictures(rows))
    assert (np.concatenate([tensors[0] for _, tensors in parts]) == expected).all()
    assert list(engine.stream(pictures, rows[:0])) == []


def test_with_nothing_frozen_the_pictures_are_handed_on(pictures: ImageRows) -> None:
    engine = KerasEngine(None)
    batch = pictures(np.arange(3))
    assert (engine.run(batch)[0] == batch).all()
    ((rows, (streamed,)),) = engine.stream(pictures, np.array([2, 0]))
    assert rows.tolist() == [2, 0] and (streamed == batch[[2, 0]]).all() and streamed.dtype == np.uint8


def test_a_cut_of_several_tensors_comes_out_as_several(pictures: ImageRows) -> None:
    picture = keras.Input((64, 64, 3), dtype="uint8")
    scaled = keras.layers.Rescaling(1 / 255)(picture)
    pooled = keras.layers.GlobalAveragePooling2D()(scaled)
    batch = pictures(np.arange(5))
    wide, deep = KerasEngine(keras.Model(picture, [scaled, pooled])).run(batch)
    assert wide == pytest.approx(batch / 255, abs=1e-6)
    assert deep == pytest.approx(batch.mean((1, 2)) / 255, abs=1e-5)


def test_what_may_change_a_number_changes_the_version(pooled: keras.Model) -> None:
    assert KerasEngine(pooled).version != KerasEngine(pooled, is_gpu=True).version
    assert keras.__version__ in KerasEngine(pooled).version
