"""Which engine: LiteRT where it is right and worth it; else Keras, with a logged reason if anything is amiss.

The networks are real and small; how much there is to do, and what was measured before, is pretended.
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import sys
from collections.abc import Callable
from pathlib import Path

import keras
import msgspec
import numpy as np
import pytest

import tlcore.graft.engines
from tlcore import system
from tlcore.backbones.weights.conversions import litert_version
from tlcore.errors import DataError
from tlcore.graft.engines import litert, select
from tlcore.graft.engines.engine import KerasEngine
from tlcore.graft.engines.select import Timing, Workload, choose
from tlcore.graft.inputs.image_rows import ImageRows

BATCH = np.random.default_rng(0).integers(0, 256, (40, 16, 16, 3), dtype=np.uint8)
MACS = 1e9 * system.cpu_count()  # LiteRT is expected to save 0.03 s a picture, or 0.003 without depthwise
LITTLE, MUCH = 10, 100_000
FAST, SLOW = Timing(keras=0.002, litert=0.001), Timing(keras=0.001, litert=0.002)


def network(depthwise: bool = True, factor: float = 1.0) -> keras.Model:
    keras.utils.set_random_seed(1)
    picture = keras.Input((16, 16, 3), dtype="uint8")
    kind = keras.layers.DepthwiseConv2D if depthwise else lambda size: keras.layers.Conv2D(3, size)
    x = kind(3)(keras.layers.Rescaling(factor / 255)(picture))
    return keras.Model(picture, keras.layers.GlobalAveragePooling2D()(x))


def attention() -> keras.Model:
    picture = keras.Input((16, 16, 3), dtype="uint8")
    x = keras.layers.Reshape((16, 48))(keras.layers.Rescaling(1 / 255)(picture))
    x = keras.layers.MultiHeadAttention(2, 4)(x, x)
    return keras.Model(picture, keras.layers.GlobalAveragePooling1D()(x))


@pytest.fixture
def work(tmp_path: Path) -> Workload:
    missing: dict[select.EngineName, int] = {"keras": MUCH, "litert": MUCH}
    return Workload(network(), "f" * 64, MACS, missing, lambda count: BATCH[:count], (tmp_path / "engines",))


def file_of(work: Workload) -> Path:
    return work.folders[0] / f"{work.fingerprint[:32]}-{litert_version()}.tflite"


def measured(work: Workload, timing: Timing) -> None:
    """As if both engines had been timed before."""
    work.folders[0].mkdir(exist_ok=True)
    file_of(work).with_suffix(".json").write_bytes(msgspec.json.encode(timing))


def chosen(work: Workload, wanted: select.EngineName = "auto") -> str:
    return choose(work, wanted, KerasEngine(work.front)).name


def missing(work: Workload, keras: int, litert: int) -> Workload:
    return dataclasses.replace(work, missing={"keras": keras, "litert": litert})


def test_little_work_is_not_worth_a_conversion(work: Workload) -> None:
    assert chosen(missing(work, LITTLE, LITTLE)) == "keras"
    assert not work.folders[0].exists()


def test_networks_without_depthwise_convolutions_gain_less(work: Workload) -> None:
    some = missing(work, 500, 500)
    assert chosen(dataclasses.replace(some, front=network(depthwise=False))) == "keras"
    assert not work.folders[0].exists()
    chosen(some)
    assert file_of(work).exists()


def test_transformers_gain_enough_for_a_conversion_and_the_timing_of_both(work: Workload) -> None:
    work = dataclasses.replace(work, front=attention())
    assert chosen(missing(work, 300, 300)) == "keras" and not work.folders[0].exists()
    chosen(missing(work, 500, 500))
    assert file_of(work).exists()


def test_of_a_converted_network_the_timing_still_counts(work: Workload) -> None:
    litert.convert(work.front, file_of(work))
    assert chosen(missing(work, LITTLE, LITTLE)) == "keras"
    assert not file_of(work).with_suffix(".json").exists()


def test_slow_networks_are_timed_in_two_rounds(
    work: Workload, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rounds: list[object] = []
    monkeypatch.setattr(select, "_seconds", lambda engine, batch: float(rounds.append(engine) or 1))
    keras_engine = KerasEngine(work.front)
    for most, wanted in ((0.0, 4), (60.0, 6)):
        rounds.clear()
        monkeypatch.setattr(select, "TIMING_SECONDS", most)
        select.measure_timing(keras_engine, keras_engine, BATCH, tmp_path / "network")
        assert len(rounds) == wanted


def test_much_work_is_worth_one_conversion(work: Workload, said: pytest.LogCaptureFixture) -> None:
    measured(work, FAST)
    assert chosen(work) == "litert"
    made = file_of(work).stat().st_ino
    assert chosen(work) == "litert" and file_of(work).stat().st_ino == made
    assert said.text.count("converted in") == 1
    keras_engine = KerasEngine(work.front)
    answers = choose(work, "auto", keras_engine).run(BATCH)[0]
    np.testing.assert_allclose(answers, keras_engine.run(BATCH)[0], rtol=1e-6, atol=1e-5)


def test_what_was_converted_once_serves_little_work_too(work: Workload) -> None:
    measured(work, FAST)
    assert chosen(work) == "litert"
    assert chosen(missing(work, LITTLE, LITTLE)) == "litert"


def test_what_was_never_measured_is_measured_and_what_is_slower_is_not_used(work: Workload) -> None:
    first = chosen(work)
    timing = msgspec.json.decode(file_of(work).with_suffix(".json").read_bytes(), type=Timing)
    assert timing.keras > 0 and timing.litert > 0
    assert first == ("litert" if timing.litert <= timing.keras else "keras")
    measured(work, SLOW)
    assert chosen(work) == "keras"
    file_of(work).with_suffix(".json").write_text("{broken")
    chosen(work)
    again = msgspec.json.decode(file_of(work).with_suffix(".json").read_bytes(), type=Timing)
    assert again.keras > 0 and again.litert > 0


def test_measured_slower_says_so(
    work: Workload, said: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The moment after the conversion, when only then it turns out."""
    timings = iter([None, SLOW])
    monkeypatch.setattr(select, "_stored_timing", lambda file: next(timings))
    assert chosen(work) == "keras"
    assert "not used, 2.0 ms a picture against 1.0" in said.text


def test_a_run_that_has_settled_keeps_its_engine(work: Workload) -> None:
    """However little is left to do, and whatever was measured since: other numbers would mix."""
    one = missing(work, 1, 1)
    measured(one, SLOW)
    assert chosen(one, "litert") == "litert"
    measured(one, FAST)
    assert chosen(missing(work, MUCH, MUCH), "keras") == "keras"


def test_what_keras_has_done_already_needs_nobody(work: Workload) -> None:
    assert chosen(missing(work, 0, MUCH)) == "keras"
    assert not work.folders[0].exists()


def test_what_litert_has_done_already_is_used(work: Workload) -> None:
    measured(work, FAST)
    chosen(work)
    assert chosen(missing(work, LITTLE, 0)) == "litert"


def test_on_a_gpu_or_with_nothing_frozen_it_is_keras(work: Workload) -> None:
    assert choose(work, "litert", KerasEngine(work.front, is_gpu=True)).name == "keras"
    pixels = dataclasses.replace(work, front=None)
    assert chosen(pixels) == chosen(pixels, "litert") == "keras"
    assert not work.folders[0].exists()


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x20\x00\x00\x00TFL3" + bytes(5000)])
def test_garbage_is_removed_and_made_anew_the_next_time(
    work: Workload, said: pytest.LogCaptureFixture, content: bytes
) -> None:
    measured(work, FAST)
    file_of(work).write_bytes(content)
    assert chosen(work) == "keras"
    assert "litert: not used, it failed" in said.text and "ValueError" in said.text
    assert chosen(work) == "litert"


def test_half_a_file_is_removed_and_made_anew_the_next_time(work: Workload) -> None:
    measured(work, FAST)
    assert chosen(work) == "litert"
    file_of(work).write_bytes(file_of(work).read_bytes()[:-100])
    assert chosen(work) == "keras" and chosen(work) == "litert"


def put(work: Workload, other: keras.Model) -> None:
    """Another network under the name of the work's."""
    measured(work, FAST)
    litert.convert(other, file_of(work))


@pytest.mark.parametrize("wanted", ["auto", "litert"])
def test_other_answers_are_refused_with_their_difference(
    work: Workload, said: pytest.LogCaptureFixture, wanted: select.EngineName
) -> None:
    put(work, network(factor=1.01))
    assert chosen(work, wanted) == "keras"
    assert "its first answers differ from Keras' by 0.00" in said.text


def test_a_difference_within_the_tolerance_is_none(work: Workload, said: pytest.LogCaptureFixture) -> None:
    put(work, network(factor=1.0001))
    assert chosen(work) == "litert" and "not used" not in said.text


@pytest.mark.parametrize(("factor", "wanted"), [(1e5 * (1 + 1e-6), "litert"), (1e5 * 1.0001, "keras")])
def test_differences_of_huge_numbers_are_seen_in_proportion(
    work: Workload, factor: float, wanted: str
) -> None:
    """As between the layers of a transformer: 32 bits hold no more than seven digits of them."""
    work = dataclasses.replace(work, front=network(factor=1e5))
    put(work, network(factor=factor))
    assert chosen(work) == wanted


def test_weights_that_changed_meanwhile_are_noticed(work: Workload, said: pytest.LogCaptureFixture) -> None:
    measured(work, FAST)
    assert chosen(work) == "litert" and work.front is not None
    work.front.set_weights([weight + 0.1 for weight in work.front.get_weights()])
    assert chosen(work) == "keras" and "its first answers differ" in said.text


def test_no_number_is_no_agreement(work: Workload, said: pytest.LogCaptureFixture) -> None:
    broken = network()
    broken.set_weights([weight * np.nan for weight in broken.get_weights()])
    put(work, broken)
    assert chosen(work, "litert") == "keras"
    assert "differ from Keras' by nan" in said.text


def test_a_network_of_another_shape_is_refused(work: Workload, said: pytest.LogCaptureFixture) -> None:
    picture = keras.Input((8, 8, 3), dtype="uint8")
    put(work, keras.Model(picture, keras.layers.Flatten()(keras.layers.Rescaling(0.1)(picture))))
    assert chosen(work) == "keras" and "it failed" in said.text


def test_a_network_that_cannot_be_converted_is_run_by_keras(
    work: Workload, said: pytest.LogCaptureFixture
) -> None:
    picture = keras.Input((16, 16, 3), dtype="uint8")
    strange = keras.ops.erfinv(keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(0.001)(picture)))
    work = dataclasses.replace(work, front=keras.Model(picture, strange))
    assert chosen(work, "litert") == "keras"
    assert "it failed" in said.text and not list(work.folders[0].glob("*"))


def test_a_picture_that_cannot_be_read_is_nobodys_fault(work: Workload, tmp_path: Path) -> None:
    measured(work, FAST)
    assert chosen(work) == "litert"
    gone = ImageRows([tmp_path / "gone"], 16, "stretch")
    with pytest.raises(DataError, match="gone"):
        chosen(dataclasses.replace(work, sample=lambda count: gone(np.arange(1))))
    assert file_of(work).exists()


@pytest.fixture
def uninstalled(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Takes the package away: its version and its import."""

    def version(name: str, found: Callable[[str], str] = importlib.metadata.version) -> str:
        if name == "ai-edge-litert":
            raise importlib.metadata.PackageNotFoundError(name)
        return found(name)

    def take() -> None:
        monkeypatch.setattr(importlib.metadata, "version", version)
        for module in ("ai_edge_litert", "ai_edge_litert.interpreter"):
            monkeypatch.setitem(sys.modules, module, None)
        monkeypatch.delitem(sys.modules, "tlcore.graft.engines.litert")
        monkeypatch.delattr(tlcore.graft.engines, "litert")

    return take


def test_where_the_package_is_not_installed_keras_does_it(
    work: Workload, uninstalled: Callable[[], None], said: pytest.LogCaptureFixture
) -> None:
    uninstalled()
    assert litert_version() == ""
    assert chosen(work) == "keras" and not said.text
    assert chosen(work, "litert") == "keras" and "ModuleNotFoundError" in said.text
