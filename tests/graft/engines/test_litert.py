"""LiteRT: converted networks answer as Keras does, by several workers at once, and leave nothing behind."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import keras
import numpy as np
import pytest

from tlcore import system
from tlcore.backbones.weights.conversions import litert_version
from tlcore.errors import DataError
from tlcore.graft.engines import litert
from tlcore.graft.engines.litert import GROUP, LiteRTEngine
from tlcore.graft.inputs.image_rows import ImageRows


@pytest.fixture(scope="module")
def engine(converted: Path) -> LiteRTEngine:
    return LiteRTEngine(converted)


@pytest.fixture
def many(stored: list[Path]) -> ImageRows:
    """More than the workers take ahead."""
    return ImageRows(stored * 8, 64, "stretch")


def tiny(channels: int = 3) -> keras.Model:
    picture = keras.Input((8, 8, channels), dtype="uint8")
    return keras.Model(picture, keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(0.1)(picture)))


def test_pooled_features_are_those_of_keras(
    engine: LiteRTEngine, pooled: keras.Model, pictures: ImageRows
) -> None:
    batch = pictures(np.arange(30))
    (found,) = engine.run(batch)
    assert found.shape == (30, 1280) and found.dtype == np.float32
    np.testing.assert_allclose(found, np.asarray(pooled(batch, training=False)), rtol=1e-6, atol=1e-4)


def test_a_blocks_output_is_that_of_keras(partial: keras.Model, pictures: ImageRows, tmp_path: Path) -> None:
    litert.convert(partial, tmp_path / "partial.tflite")
    batch = pictures(np.arange(30))
    (found,) = LiteRTEngine(tmp_path / "partial.tflite").run(batch)
    expected = np.asarray(partial(batch, training=False))
    assert found.shape == expected.shape == (30, 2, 2, 192)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=2e-4)


def test_several_tensors_come_out_in_the_order_of_the_cut(pictures: ImageRows, tmp_path: Path) -> None:
    picture = keras.Input((64, 64, 3), dtype="uint8")
    scaled = keras.layers.Rescaling(1 / 255)(picture)
    pooled = keras.layers.GlobalAveragePooling2D()(scaled)
    batch = pictures(np.arange(5))
    for i, outputs in enumerate(([scaled, pooled], [pooled, scaled])):
        model = keras.Model(picture, outputs)
        litert.convert(model, tmp_path / f"{i}.tflite")
        found = LiteRTEngine(tmp_path / f"{i}.tflite").run(batch)
        for mine, right in zip(found, model(batch, training=False), strict=True):
            np.testing.assert_allclose(mine, np.asarray(right), rtol=1e-6, atol=1e-5)


def test_a_picture_has_the_same_answer_in_whatever_company(engine: LiteRTEngine, pictures: ImageRows) -> None:
    batch = pictures(np.arange(30))
    for count in (1, 2, 3, 29):
        assert (engine.run(batch[:count])[0] == engine.run(batch)[0][:count]).all()


def test_a_stream_gives_all_rows_in_their_order(engine: LiteRTEngine, many: ImageRows) -> None:
    rows = np.random.default_rng(0).permutation(many.total)
    parts = list(engine.stream(many, rows))
    assert max(len(part) for part, _ in parts) <= GROUP
    assert (np.concatenate([part for part, _ in parts]) == rows).all()
    (expected,) = engine.run(many(rows))
    assert (np.concatenate([tensors[0] for _, tensors in parts]) == expected).all()
    assert list(engine.stream(many, rows[:0])) == []


def test_few_rows_keep_all_workers_busy(engine: LiteRTEngine, pictures: ImageRows) -> None:
    """A batch of training, computed on the fly, is small."""
    parts = list(engine.stream(pictures, np.arange(30)))
    assert len(parts) == system.cpu_count()


def test_two_streams_at_once_do_not_mix(engine: LiteRTEngine, many: ImageRows) -> None:
    up, down = np.arange(many.total), np.arange(many.total)[::-1].copy()
    (expected,) = engine.run(many(up[:30]))
    for (rise, (left,)), (fall, (right,)) in zip(
        engine.stream(many, up), engine.stream(many, down), strict=True
    ):
        assert (left == expected[rise % 30]).all() and (right == expected[fall % 30]).all()


def test_a_stream_left_early_ends_its_work_and_the_engine_goes_on(
    converted: Path, stored: list[Path], pictures: ImageRows, pooled: keras.Model
) -> None:
    decoded: list[int] = []

    class Watched(ImageRows):
        def decode(self, row: int) -> np.ndarray:
            decoded.append(row)
            return super().decode(row)

    engine = LiteRTEngine(converted)
    stream = engine.stream(Watched(stored * 40, 64, "stretch"), np.arange(1200))
    next(stream)
    stream.close()
    batch = pictures(np.arange(4))
    np.testing.assert_allclose(
        engine.run(batch)[0], np.asarray(pooled(batch, training=False)), rtol=1e-6, atol=1e-4
    )
    engine._pool.shutdown()
    assert len(decoded) <= 3 * system.cpu_count() * GROUP  # never more than was taken ahead


def test_a_picture_that_cannot_be_read_comes_through_and_the_engine_goes_on(
    converted: Path, stored: list[Path], pictures: ImageRows, tmp_path: Path
) -> None:
    engine = LiteRTEngine(converted)
    source = ImageRows([*stored * 2, tmp_path / "gone", *stored], 64, "stretch")
    stream = engine.stream(source, np.arange(91))
    assert len(next(stream)[0]) == GROUP
    with pytest.raises(DataError, match="gone"):
        list(stream)
    assert engine.run(pictures(np.arange(30)))[0].shape == (30, 1280)
    engine._pool.shutdown()
    assert engine._free.qsize() == system.cpu_count()  # no worker is lost


def test_an_engine_that_is_not_used_any_more_leaves_no_thread(converted: Path, pictures: ImageRows) -> None:
    before = set(threading.enumerate())
    engine = LiteRTEngine(converted)
    engine.run(pictures(np.arange(8)))
    ours = {thread for thread in threading.enumerate() if thread.name.startswith("litert")} - before
    assert ours
    del engine
    for thread in ours:
        thread.join(30)
    assert not any(thread.is_alive() for thread in ours)


def test_conversion_leaves_one_file_and_keeps_the_eight_used_last(tmp_path: Path) -> None:
    for i in range(9):
        (tmp_path / f"{i}.tflite").write_bytes(b"older")
        (tmp_path / f"{i}.json").write_bytes(b"its timing")
        os.utime(tmp_path / f"{i}.tflite", (1000 + i, 1000 + i))
    litert.convert(tiny(), tmp_path / "new.tflite")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *(f"{i}.{kind}" for i in range(2, 9) for kind in ("json", "tflite")),
        "new.tflite",
    ]


def test_an_engine_that_is_used_is_not_among_the_oldest(tmp_path: Path) -> None:
    litert.convert(tiny(), tmp_path / "used.tflite")
    for i in range(litert.MOST_NETWORKS):
        (tmp_path / f"{i}.tflite").write_bytes(b"older")
        os.utime(tmp_path / f"{i}.tflite", (2000 + i, 2000 + i))
    os.utime(tmp_path / "used.tflite", (1000, 1000))
    LiteRTEngine(tmp_path / "used.tflite")
    litert.convert(tiny(), tmp_path / "new.tflite")
    assert (tmp_path / "used.tflite").exists() and not (tmp_path / "0.tflite").exists()


def test_a_conversion_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(system, "replace", full)
    with pytest.raises(OSError, match="No space"):
        litert.convert(tiny(), tmp_path / "new.tflite")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_half_a_network_is_refused_and_nothing_crashes(converted: Path, tmp_path: Path, share: float) -> None:
    content = converted.read_bytes()
    (tmp_path / "half.tflite").write_bytes(content[: int(share * len(content))])
    with pytest.raises((ValueError, RuntimeError)):
        LiteRTEngine(tmp_path / "half.tflite")


def test_its_version_can_be_told_without_importing_it() -> None:
    """Both name the same store: one before the choice, the other after it."""
    assert litert_version() == LiteRTEngine.version
