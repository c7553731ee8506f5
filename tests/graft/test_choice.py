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

import tlcore.graft
from tlcore import system
from tlcore.errors import DataError
from tlcore.graft import choice, litert
from tlcore.graft.choice import Task, Timing, choose, litert_version
from tlcore.graft.decoding import Pictures
from tlcore.graft.engines import KerasEngine

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


@pytest.fixture
def task(tmp_path: Path) -> Task:
    missing: dict[choice.EngineName, int] = {"keras": MUCH, "litert": MUCH}
    return Task(network(), "f" * 64, MACS, missing, lambda count: BATCH[:count], tmp_path / "engines")


def file_of(task: Task) -> Path:
    return task.folder / f"{task.fingerprint[:32]}-{litert_version()}.tflite"


def measured(task: Task, timing: Timing) -> None:
    """As if both engines had been timed before."""
    task.folder.mkdir(exist_ok=True)
    file_of(task).with_suffix(".json").write_bytes(msgspec.json.encode(timing))


def chosen(task: Task, wanted: choice.EngineName = "auto") -> str:
    return choose(task, wanted, KerasEngine(task.front)).name


def missing(task: Task, keras: int, litert: int) -> Task:
    return dataclasses.replace(task, missing={"keras": keras, "litert": litert})


def test_little_work_is_not_worth_a_conversion(task: Task) -> None:
    assert chosen(missing(task, LITTLE, LITTLE)) == "keras"
    assert not task.folder.exists()


def test_networks_without_depthwise_convolutions_gain_less(task: Task) -> None:
    some = missing(task, 500, 500)
    assert chosen(dataclasses.replace(some, front=network(depthwise=False))) == "keras"
    assert not task.folder.exists()
    chosen(some)
    assert file_of(task).exists()


def test_much_work_is_worth_one_conversion(task: Task, said: pytest.LogCaptureFixture) -> None:
    measured(task, FAST)
    assert chosen(task) == "litert"
    made = file_of(task).stat().st_ino
    assert chosen(task) == "litert" and file_of(task).stat().st_ino == made
    assert said.text.count("converted in") == 1
    keras_engine = KerasEngine(task.front)
    answers = choose(task, "auto", keras_engine).run(BATCH)[0]
    assert answers == pytest.approx(keras_engine.run(BATCH)[0], abs=1e-5)


def test_what_was_converted_once_serves_little_work_too(task: Task) -> None:
    measured(task, FAST)
    assert chosen(task) == "litert"
    assert chosen(missing(task, LITTLE, LITTLE)) == "litert"


def test_what_was_never_measured_is_measured_and_what_is_slower_is_not_used(task: Task) -> None:
    first = chosen(task)
    timing = msgspec.json.decode(file_of(task).with_suffix(".json").read_bytes(), type=Timing)
    assert timing.keras > 0 and timing.litert > 0
    assert first == ("litert" if timing.litert <= timing.keras else "keras")
    measured(task, SLOW)
    assert chosen(task) == "keras"
    file_of(task).with_suffix(".json").write_text("{broken")
    chosen(task)
    again = msgspec.json.decode(file_of(task).with_suffix(".json").read_bytes(), type=Timing)
    assert again.keras > 0 and again.litert > 0


def test_measured_slower_says_so(
    task: Task, said: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The moment after the conversion, when only then it turns out."""
    timings = iter([None, SLOW])
    monkeypatch.setattr(choice, "_measured", lambda file: next(timings))
    assert chosen(task) == "keras"
    assert "not used, 2.0 ms a picture against 1.0" in said.text


def test_a_run_that_has_settled_keeps_its_engine(task: Task) -> None:
    """However little is left to do, and whatever was measured since: other numbers would mix."""
    one = missing(task, 1, 1)
    measured(one, SLOW)
    assert chosen(one, "litert") == "litert"
    measured(one, FAST)
    assert chosen(missing(task, MUCH, MUCH), "keras") == "keras"


def test_what_keras_has_done_already_needs_nobody(task: Task) -> None:
    assert chosen(missing(task, 0, MUCH)) == "keras"
    assert not task.folder.exists()


def test_what_litert_has_done_already_is_used(task: Task) -> None:
    measured(task, FAST)
    chosen(task)
    assert chosen(missing(task, LITTLE, 0)) == "litert"


def test_on_a_gpu_or_with_nothing_frozen_it_is_keras(task: Task) -> None:
    assert choose(task, "litert", KerasEngine(task.front, is_gpu=True)).name == "keras"
    pixels = dataclasses.replace(task, front=None)
    assert chosen(pixels) == chosen(pixels, "litert") == "keras"
    assert not task.folder.exists()


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x20\x00\x00\x00TFL3" + bytes(5000)])
def test_garbage_is_removed_and_made_anew_the_next_time(
    task: Task, said: pytest.LogCaptureFixture, content: bytes
) -> None:
    measured(task, FAST)
    file_of(task).write_bytes(content)
    assert chosen(task) == "keras"
    assert "litert: not used, it failed" in said.text and "ValueError" in said.text
    assert chosen(task) == "litert"


def test_half_a_file_is_removed_and_made_anew_the_next_time(task: Task) -> None:
    measured(task, FAST)
    assert chosen(task) == "litert"
    file_of(task).write_bytes(file_of(task).read_bytes()[:-100])
    assert chosen(task) == "keras" and chosen(task) == "litert"


def put(task: Task, other: keras.Model) -> None:
    """Another network under the name of the task's."""
    measured(task, FAST)
    litert.convert(other, file_of(task))


@pytest.mark.parametrize("wanted", ["auto", "litert"])
def test_other_answers_are_refused_with_their_difference(
    task: Task, said: pytest.LogCaptureFixture, wanted: choice.EngineName
) -> None:
    put(task, network(factor=1.01))
    assert chosen(task, wanted) == "keras"
    assert "its first answers differ from Keras' by 0.00" in said.text


def test_a_difference_within_the_tolerance_is_none(task: Task, said: pytest.LogCaptureFixture) -> None:
    put(task, network(factor=1.0001))
    assert chosen(task) == "litert" and "not used" not in said.text


def test_weights_that_changed_meanwhile_are_noticed(task: Task, said: pytest.LogCaptureFixture) -> None:
    measured(task, FAST)
    assert chosen(task) == "litert" and task.front is not None
    task.front.set_weights([weight + 0.1 for weight in task.front.get_weights()])
    assert chosen(task) == "keras" and "its first answers differ" in said.text


def test_no_number_is_no_agreement(task: Task, said: pytest.LogCaptureFixture) -> None:
    broken = network()
    broken.set_weights([weight * np.nan for weight in broken.get_weights()])
    put(task, broken)
    assert chosen(task, "litert") == "keras"
    assert "differ from Keras' by nan" in said.text


def test_a_network_of_another_shape_is_refused(task: Task, said: pytest.LogCaptureFixture) -> None:
    picture = keras.Input((8, 8, 3), dtype="uint8")
    put(task, keras.Model(picture, keras.layers.Flatten()(keras.layers.Rescaling(0.1)(picture))))
    assert chosen(task) == "keras" and "it failed" in said.text


def test_a_network_that_cannot_be_converted_is_run_by_keras(
    task: Task, said: pytest.LogCaptureFixture
) -> None:
    picture = keras.Input((16, 16, 3), dtype="uint8")
    strange = keras.ops.erfinv(keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(0.001)(picture)))
    task = dataclasses.replace(task, front=keras.Model(picture, strange))
    assert chosen(task, "litert") == "keras"
    assert "it failed" in said.text and not list(task.folder.glob("*"))


def test_a_picture_that_cannot_be_read_is_nobodys_fault(task: Task, tmp_path: Path) -> None:
    measured(task, FAST)
    assert chosen(task) == "litert"
    gone = Pictures([tmp_path / "gone"], 16, "stretch")
    with pytest.raises(DataError, match="gone"):
        chosen(dataclasses.replace(task, sample=lambda count: gone(np.arange(1))))
    assert file_of(task).exists()


@pytest.fixture
def uninstalled(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Takes the package away: its version and its import."""

    def version(name: str, found: Callable[[str], str] = importlib.metadata.version) -> str:
        if name == "ai-edge-litert":
            raise importlib.metadata.PackageNotFoundError(name)
        return found(name)

    def take() -> None:
        monkeypatch.setattr(importlib.metadata, "version", version)
        monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
        monkeypatch.delitem(sys.modules, "tlcore.graft.litert")
        monkeypatch.delattr(tlcore.graft, "litert")

    return take


def test_where_the_package_is_not_installed_keras_does_it(
    task: Task, uninstalled: Callable[[], None], said: pytest.LogCaptureFixture
) -> None:
    uninstalled()
    assert litert_version() == ""
    assert chosen(task) == "keras" and not said.text
    assert chosen(task, "litert") == "keras" and "ModuleNotFoundError" in said.text
