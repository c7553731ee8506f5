"""The frozen part run once: into the cache that all runs share, and out of it."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from tests.graft.conftest import Cached, Counting, compiled, frozen, read, store_sizes
from tlcore.config import EngineName
from tlcore.data.images import decode as decoder
from tlcore.errors import DataError
from tlcore.graft.cache import features
from tlcore.graft.cache.features import FrozenPart
from tlcore.graft.engines import litert, select
from tlcore.graft.engines.engine import Engine, KerasEngine
from tlcore.graft.inputs.protocol import CPU_BATCH
from tlcore.graft.network.fingerprint import fingerprint
from tlcore.workspace import Workspace

# On some processors a picture's numbers depend on how many are computed at once, in their last digits.
ROUNDING = {"rtol": 1e-4, "atol": 1e-5}


def network(size: int = 64) -> keras.Model:
    """A small one, always the same."""
    given = keras.Input((size, size, 3), dtype="uint8")
    scaled = keras.layers.Rescaling(0.1)(given)
    return keras.Model(given, keras.layers.Conv2D(2, 3, kernel_initializer="ones")(scaled))


def test_cached_and_on_the_fly_are_the_same(
    pooled: keras.Model, stored: list[Path], workspace: Workspace
) -> None:
    source = Counting(stored)
    counted: list[tuple[int, int]] = []
    engine = compiled(pooled)
    disk = frozen(pooled, source, workspace).reader(engine, lambda *count: counted.append(count))
    assert counted == [(0, 30), (30, 30)] and sorted(source.decoded) == list(range(30))
    fly = features.live_reader(engine, source)
    rows = np.array([3, 29, 3, 0])
    assert (disk(rows)[0] == fly(rows)[0]).all() and disk(rows)[0].dtype == np.float32
    np.testing.assert_allclose(
        disk(np.arange(30))[0], np.asarray(pooled(source(np.arange(30)))), rtol=1e-6, atol=1e-5
    )


def test_half_precision_takes_half_the_disk_and_an_address_of_its_own(
    cached: Cached, pooled: keras.Model, stored: list[Path], workspace: Workspace
) -> None:
    full = cached(Counting(stored))
    source = Counting(stored)
    halved = FrozenPart(pooled, source, source.rows(), "lite0", workspace, half=True)
    reader = halved.reader(compiled(pooled), lambda done, total: None)
    rows = np.arange(30)
    assert len(source.decoded) == 30 and store_sizes(workspace) == [1, 1]
    assert halved._bytes(rows) * 2 == frozen(pooled, source, workspace)._bytes(rows)
    assert reader(rows)[0].dtype == np.float32
    assert (reader(rows)[0] == full(rows)[0].astype(np.float16)).all()


def test_what_is_there_is_not_computed_again(
    cached: Cached, pooled: keras.Model, stored: list[Path], workspace: Workspace
) -> None:
    first = cached(Counting(stored))
    again = Counting(stored[::-1])  # the order is another one
    counted: list[tuple[int, int]] = []
    reader = frozen(pooled, again, workspace).reader(compiled(pooled), lambda *c: counted.append(c))
    assert counted == [(30, 30)] and again.decoded == []
    rows = np.arange(30)
    assert (reader(rows)[0] == first(rows[::-1])[0]).all()


def test_one_picture_more_is_one_row_more(cached: Cached, stored: list[Path], workspace: Workspace) -> None:
    cached(Counting(stored[1:]))
    source = Counting(stored)
    cached(source)
    assert source.decoded == [0]
    fewer = Counting(stored[5:9])
    cached(fewer)
    assert fewer.decoded == [] and store_sizes(workspace) == [2]


def test_more_views_are_the_only_rows_to_compute(
    cached: Cached, pooled: keras.Model, stored: list[Path]
) -> None:
    cached(Counting(stored[:6], views=1))
    more = Counting(stored[:6], views=3)
    reader = cached(more)
    assert sorted(more.decoded) == list(range(12, 24))
    expected = compiled(pooled).run(more(more.rows()))[0]
    assert (reader(more.rows())[0] == expected).all()
    fewer = Counting(stored[:6], views=2)
    cached(fewer)
    assert fewer.decoded == []


def test_a_picture_that_is_there_twice_is_computed_once(cached: Cached, stored: list[Path]) -> None:
    source = Counting([*stored[:5], *stored[:5]])
    reader = cached(source)
    assert sorted(source.decoded) == [0, 1, 2, 3, 4]
    assert (reader(np.arange(5))[0] == reader(np.arange(5, 10))[0]).all()


def test_some_rows_may_be_left_out(pooled: keras.Model, stored: list[Path], workspace: Workspace) -> None:
    """Only the pictures to train on have views."""
    source = Counting(stored, views=2)
    rows = np.concatenate([np.arange(30), [31, 40, 61, 70]])
    engine = compiled(pooled)
    reader = FrozenPart(pooled, source, rows, "lite0", workspace).reader(engine, lambda done, total: None)
    assert sorted(source.decoded) == rows.tolist()
    wanted = np.array([70, 1, 31, 61])
    np.testing.assert_allclose(reader(wanted)[0], engine.run(source(wanted))[0], **ROUNDING)


class Leave(Exception):
    """The person asked to stop."""


@pytest.mark.parametrize(("name", "views"), [("keras", 3), ("litert", 19)])  # for many cores at once
def test_what_was_done_before_the_stop_is_not_done_again(
    pooled: keras.Model, stored: list[Path], workspace: Workspace, converted: Path, name: str, views: int
) -> None:
    total = 30 * (1 + views)

    def stop(done: int, total: int) -> None:
        if done:
            raise Leave

    engine: Engine = compiled(pooled) if name == "keras" else litert.LiteRTEngine(converted)
    source = Counting(stored, views=views)
    with pytest.raises(Leave):
        frozen(pooled, source, workspace).reader(engine, stop)
    again, counted = Counting(stored, views=views), []
    reader = frozen(pooled, again, workspace).reader(engine, lambda done, total: counted.append(done))
    done = CPU_BATCH if name == "keras" else litert.GROUP
    assert counted[0] == done and counted[-1] == total
    assert sorted(again.decoded) == list(range(done, total))
    rows = np.array([0, 31, 32, total - 1])
    np.testing.assert_allclose(reader(rows)[0], engine.run(again(rows))[0], **ROUNDING)


def test_a_picture_that_went_away_is_named_and_what_was_done_stays(
    cached: Cached, pooled: keras.Model, stored: list[Path], workspace: Workspace, tmp_path: Path
) -> None:
    source = Counting([*stored, tmp_path / ("ab" * 32)], views=1)
    rows = np.concatenate([np.arange(30), np.arange(31, 62)])
    with pytest.raises(DataError, match=r"abab.*Import the data set again"):
        FrozenPart(pooled, source, rows, "lite0", workspace).reader(compiled(pooled), lambda *_: None)
    again = Counting(stored, views=1)
    cached(again)
    assert len(again.decoded) == 60 - CPU_BATCH


@pytest.mark.parametrize("change", ["weights", "cut", "size", "fit", "decoding"])
def test_whatever_moves_a_number_is_another_store(
    stored: list[Path], workspace: Workspace, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(network(), Counting(stored[:4]), workspace)
    front, source = network(), Counting(stored[:4], fit="crop" if change == "fit" else "stretch")
    if change == "weights":
        front.set_weights([weight + 1e-6 for weight in front.get_weights()])
    elif change == "cut":
        front = keras.Model(front.inputs, front.layers[1].output)
    elif change == "size":
        front, source = network(32), Counting(stored[:4], 32)
    elif change == "decoding":
        monkeypatch.setattr(decoder, "DECODE_VERSION", decoder.DECODE_VERSION + 1)
    read(front, source, workspace)
    assert len(source.decoded) == 4 and store_sizes(workspace) == [1, 1]


def test_engines_never_share_a_store(
    cached: Cached, pooled: keras.Model, stored: list[Path], workspace: Workspace, converted: Path
) -> None:
    ours = cached(Counting(stored))
    source = Counting(stored)
    theirs = frozen(pooled, source, workspace).reader(
        litert.LiteRTEngine(converted), lambda done, total: None
    )
    rows = np.arange(30)
    assert sorted(source.decoded) == list(range(30)) and store_sizes(workspace) == [1, 1]
    np.testing.assert_allclose(theirs(rows)[0], ours(rows)[0], rtol=1e-6, atol=1e-4)
    assert (theirs(rows)[0] != ours(rows)[0]).any()


def test_pixels_and_several_tensors_are_kept_too(
    partial: keras.Model, stored: list[Path], workspace: Workspace
) -> None:
    source = Counting(stored[:5])
    rows = np.array([4, 0, 2])
    (found,) = read(None, source, workspace)(rows)
    assert (found == source(rows)).all() and found.dtype == np.uint8
    both = keras.Model(partial.inputs, [partial.outputs[0], keras.ops.mean(partial.outputs[0], (1, 2))])
    deep, flat = read(both, source, workspace)(rows)
    assert deep.shape == (3, 2, 2, 192) and flat == pytest.approx(deep.mean((1, 2)), abs=1e-5)


def test_the_choice_knows_what_each_engine_has_done(
    cached: Cached,
    pooled: keras.Model,
    stored: list[Path],
    workspace: Workspace,
    converted: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    works: list[select.Workload] = []

    def keep(work: select.Workload, wanted: EngineName, ours: KerasEngine) -> Engine:
        works.append(work)
        return ours

    monkeypatch.setattr(select, "choose", keep)
    cached(Counting(stored[:20]))
    frozen(pooled, Counting(stored[:3]), workspace).reader(litert.LiteRTEngine(converted), lambda *_: None)
    source = Counting(stored)
    engine = frozen(pooled, source, workspace).choose_engine("auto", False, 1e6)
    (work,) = works
    assert engine.name == "keras" and work.missing == {"keras": 10, "litert": 27}
    assert work.fingerprint == fingerprint(pooled) and work.macs == 1e6
    assert source.decoded == [] and (work.sample(4) == source(np.arange(4))).all()
    assert work.folders[0] == workspace.cache / "engines"
