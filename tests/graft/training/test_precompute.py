"""Runs and the frozen part: what one has computed the others read, and what goes wrong costs time alone."""

from __future__ import annotations

import re
import shutil
import signal
import time
from pathlib import Path

import msgspec
import pytest

from tests.fixtures.tiny_training import Graft, draw, small
from tests.graft.conftest import front
from tlcore import system
from tlcore.backbones.weights.conversions import litert_version
from tlcore.config import RunConfig
from tlcore.config.augmentation import AugmentationConfig
from tlcore.config.training import HeadConfig
from tlcore.data.dataset import Dataset
from tlcore.data.defaults import with_defaults
from tlcore.graft.cache import store as store_module
from tlcore.graft.engines import engine as engines_engine
from tlcore.graft.engines import litert, select
from tlcore.graft.engines.select import Timing
from tlcore.graft.inputs.protocol import CPU_BATCH
from tlcore.graft.network.fingerprint import fingerprint
from tlcore.graft.training import loop, precompute
from tlcore.graft.training.precompute import Throughput
from tlcore.plan import recall
from tlcore.runs.run import Run
from tlcore.runs.split_assignment import assign_splits
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace

pytestmark = pytest.mark.usefixtures("unverified")
FAST, SLOW = Timing(keras=1.0, litert=0.0001), Timing(keras=0.0001, litert=1.0)


def computed(run: Run) -> list[tuple[int, int, str]]:
    """Rows computed, their total and the engine, for each start of the run."""
    found = re.findall(r"(\d+) of (\d+) rows computed by (\w+)", run.log.read_text(encoding="utf-8"))
    return [(int(some), int(total), engine) for some, total, engine in found]


def finished(graft: Graft, data: Path, name: str, config: RunConfig) -> Run:
    said = graft.train(data, name, config)
    assert said.code == 0, said.err
    return Run(graft.home / name)


@pytest.fixture
def untrained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of this process end before their first epoch: what the frozen part computes is there by then."""
    monkeypatch.setattr(loop, "run_epoch", lambda *ignored: None)


def measured(graft: Graft, network: str, timing: Timing) -> Path:
    """As if both engines had been timed here before; returns where the converted network belongs."""
    file = graft.home / "workspace" / "cache" / "engines" / f"{network[:32]}-{litert_version()}.tflite"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.with_suffix(".json").write_bytes(msgspec.json.encode(timing))
    return file


@pytest.mark.usefixtures("untrained")
def test_a_row_is_computed_once_for_all_runs(graft: Graft) -> None:
    """Whatever head they train: of another picture and of more views only what is new is computed."""
    data = draw(graft.home / "data", per_class=7)
    plain = small(epochs=1, augmentation=AugmentationConfig(views=1))
    first = finished(graft, data, "first", plain)
    ((some, total, engine),) = computed(first)
    assert some == total == 21 + len(trained_on(first)) and engine == "keras"
    assert plain.engine == "auto" and first.config().engine == "keras"
    draw(graft.home / "added", per_class=1, seed=9)
    shutil.copy(graft.home / "added" / "blue" / "00.png", data / "blue" / "new.png")
    other = small(epochs=1, augmentation=AugmentationConfig(views=3), head=HeadConfig(hidden=(8,)), seed=5)
    more = finished(graft, data, "more", other)
    views, there = 3 * len(trained_on(more)), len(trained_on(more) & trained_on(first))
    assert there and computed(more) == [(1 + views - there, 22 + views, "keras")]
    assert not (graft.home / "workspace" / "cache" / "engines").exists()  # too little to convert for
    assert recall(Workspace(), "images") is None  # and to measure


@pytest.mark.usefixtures("untrained")
def test_where_the_cache_is_short_a_run_keeps_half_precision_for_its_life(
    graft: Graft, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = draw(graft.home / "data", per_class=7)
    monkeypatch.setenv("GRAFT_CACHE_GB", str(0.75 * 21 * 4 * 1280 / 1e9))
    run = finished(graft, data, "short", small(epochs=1))
    assert run.config().kept == "half" and small().kept == "auto"
    assert "kept in half precision" in run.log.read_text(encoding="utf-8")


def trained_on(run: Run) -> set[str]:
    """The SHA-256 of the pictures that have views."""
    places = assign_splits(run.config(), run.manifest())
    return {e.sha256 for e, place in zip(run.manifest().examples, places, strict=True) if place == "train"}


@pytest.mark.usefixtures("untrained")
def test_killed_in_the_middle_it_goes_on_with_what_is_left_and_the_same_engine(
    graft: Graft, weights_folder: Path
) -> None:
    data = draw(graft.home / "data", per_class=30)
    config = small(epochs=1, input_size=32, augmentation=AugmentationConfig(views=32))
    network = fingerprint(front(weights_folder, 0, size=32))
    measured(graft, network, FAST)
    child = graft.spawn(*graft.train_command(data, "run", config))
    run = Run(graft.home / "run")
    shards = graft.home / "workspace" / "cache" / "features"
    deadline = time.monotonic() + 240
    while not list(shards.glob("*/shard-*")):
        assert child.poll() is None and time.monotonic() < deadline, child.communicate()
        time.sleep(0.005)
    child.send_signal(signal.SIGKILL)
    _, err = child.communicate()
    assert err.count("converted in") == 1 and "absl" not in err and "XNNPACK" not in err
    assert BACKEND.status(run).state == "lost" and run.recorded().stage == "features"
    assert run.config().engine == "litert" and computed(run) == []

    measured(graft, network, SLOW)
    said = graft.call("resume", run.folder, "--json")
    assert said.code == 0, said.err
    ((rest, total, engine),) = computed(run)
    assert 0 < rest <= total - store_module.SHARD_ROWS and engine == "litert"
    asked = with_defaults(config, Dataset(Path(run.config().data)).read())
    assert run.config() == msgspec.structs.replace(
        asked, engine="litert", kept="full", data=run.config().data
    )
    speed = recall(Workspace(), "images")
    assert speed is not None and speed.macs_per_second > 0 and speed.device.startswith("CPU")


def test_a_full_disk_is_said_before_anything_is_computed(
    graft: Graft, coloured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = precompute.feature_reader

    def full(*arguments: object) -> object:
        monkeypatch.setattr(system, "free_bytes", lambda folder: 500_000_100)
        return reader(*arguments)

    monkeypatch.setattr(precompute, "feature_reader", full)
    said = graft.train(coloured, "run", small(epochs=1))
    assert said.code == 2 and "Not enough disk space" in said.err
    status = BACKEND.status(Run(graft.home / "run"))
    assert status.state == "failed" and "Not enough disk space" in status.error


@pytest.mark.usefixtures("untrained")
@pytest.mark.usefixtures("untrained")
def test_a_broken_conversion_is_said_and_a_stop_keeps_what_keras_has_done(
    graft: Graft, coloured: Path, weights_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = measured(graft, fingerprint(front(weights_folder, 0)), FAST)
    file.write_bytes(b"garbage")
    count = Throughput.count

    def stop(self: Throughput, done: int) -> None:
        count(self, done)
        if done:
            Run(graft.home / "run").request_stop()

    config = small(epochs=1, engine="litert", augmentation=AugmentationConfig(views=2))
    with monkeypatch.context() as patch:
        patch.setattr(Throughput, "count", stop)
        said = graft.train(coloured, "run", config)
    run = Run(graft.home / "run")
    assert said.json["state"] == BACKEND.status(run).state == "cancelled" and computed(run) == []
    assert "litert: not used, it failed" in run.log.read_text() and not file.exists()
    assert graft.call("resume", run.folder, "--json").code == 0
    total = 30 + 2 * 18
    assert computed(run) == [(total - 32, total, "keras")] and run.config().engine == "keras"


def test_the_pace_leaves_out_what_was_there_and_what_compiles() -> None:
    pace = Throughput()
    assert (pace.computed, pace.timed) == (0, 0)
    pace.count(40)
    assert (pace.computed, pace.timed) == (0, 0)
    pace.count(72)
    assert (pace.computed, pace.timed) == (32, 0)
    for done in (104, 136, 150):
        pace.count(done)
    assert (pace.computed, pace.timed) == (110, 78) and pace.rate > 0


def test_engines_are_named_as_the_configuration_names_them() -> None:
    assert (engines_engine.KerasEngine.name, litert.LiteRTEngine.name) == ("keras", "litert")
    assert select.SAMPLE_SIZE <= CPU_BATCH
