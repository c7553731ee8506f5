"""Whole runs on real weights: killed, stopped, continued, cached or not, and what freezing promises."""

from __future__ import annotations

import json
import re
import signal
import time
import zipfile
from pathlib import Path
from typing import Any

import keras
import msgspec
import numpy as np
import pytest

from tests.fixtures.finished_runs import TUNED, Tuned, saved_weights
from tests.fixtures.tiny_training import SMALL, Graft, Trained, draw, small
from tlcore.config.augmentation import AugmentationConfig
from tlcore.config.training import HeadConfig
from tlcore.data.dataset import Dataset
from tlcore.data.images import decode as images_decode
from tlcore.graft import pipeline
from tlcore.graft.engines import device
from tlcore.graft.engines.device import Device
from tlcore.graft.inputs.image_rows import ImageRows
from tlcore.graft.network import build, saved_model
from tlcore.graft.training import checkpoint
from tlcore.runs.metrics import epochs, steps
from tlcore.runs.run import Run
from tlcore.runs.split_assignment import assign_splits
from tlcore.runs.workers.backend import BACKEND


@pytest.mark.usefixtures("unverified")
def test_killed_for_real_and_resumed_ends_like_never_killed(
    graft: Graft, coloured: Path, tuned: Tuned, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the features that the run which was not killed, in another process, has left."""
    monkeypatch.setenv("GRAFT_HOME", str(tuned.run.folder.parent / "workspace"))
    child = graft.spawn(*graft.train_command(coloured, "killed", TUNED))
    run = Run(graft.home / "killed")
    deadline = time.monotonic() + 240
    while not (run.checkpoints / "fine-tuning" / "epoch-000002.npz").exists():
        assert child.poll() is None and time.monotonic() < deadline, child.communicate()
        time.sleep(0.005)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    while BACKEND.status(run).state == "running" and time.monotonic() < deadline:
        time.sleep(0.005)  # a fork in its place dies a moment after it
    assert BACKEND.status(run).state == "lost" and not run.has_model
    with run.metrics.open("ab") as file:
        file.write(b'{"epoch": 99, "lo')  # a torn line, as a crash of the machine leaves it

    said = graft.call("resume", run.folder, "--json")
    assert said.code == 0 and said.json["state"] == "done"
    assert re.findall(r"(\d+) of \d+ rows computed", run.log.read_text()) == 4 * ["0"], "both had two phases"
    ours, theirs = saved_weights(run), saved_weights(tuned.run)
    assert all((ours[place] == theirs[place]).all() for place in theirs)
    rows, _ = run.rows()
    assert [row["epoch"] for row in epochs(rows)] == list(range(1, 6))
    assert {row["epoch"] for row in steps(rows)} == set(range(1, 6))
    assert (run.folder / "report.json").read_bytes() == (tuned.run.folder / "report.json").read_bytes()
    assert not list(run.checkpoints.iterdir())


def test_terminated_politely_keeps_the_best(
    graft: Graft, coloured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = checkpoint.save

    def terminate(folder: Path, *parts: Any) -> None:
        save(folder, *parts)
        if folder.name == "fine-tuning":
            assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(checkpoint, "save", terminate)
    config = small(unfreeze=1, epochs=400, training=msgspec.structs.replace(SMALL.training, epochs=1))
    said, run = graft.train(coloured, "run", config), Run(graft.home / "run")
    assert said.code == 0 and "Traceback" not in said.err
    assert said.json["state"] == BACKEND.status(run).state == "cancelled" and said.json["epochs"] == 2
    assert run.report().stopped == "stopped by you" and run.report().cross_validation is None
    assert not run.stop_requested() and list(run.checkpoints.glob("fine-tuning/*.npz"))
    assert run.has_model, "which nothing is called that does not answer as it did in training"


@pytest.mark.usefixtures("unverified")
def test_by_either_engine_it_comes_to_the_same(graft: Graft, coloured: Path, trained: Trained) -> None:
    """Without a cache: `test_places.py`."""
    assert "computed by keras" in trained.run.log.read_text()
    assert graft.train(coloured, "run", small(epochs=4, engine="litert")).code == 0
    run = Run(graft.home / "run")
    assert "computed by litert" in run.log.read_text()
    answers = {one.sha256: one for one in run.report().test.predictions}
    for before in trained.run.report().test.predictions:
        after = answers[before.sha256]
        assert after.predicted == before.predicted
        assert after.confidence == pytest.approx(before.confidence, abs=0.03)
    weights, expected = saved_weights(run), saved_weights(trained.run)
    assert all(weights[place] == pytest.approx(expected[place], abs=0.02) for place in expected)
    theirs, ours = (steps(one.rows()[0])[0]["loss"] for one in (trained.run, run))
    assert ours == pytest.approx(theirs, abs=1e-3)


@pytest.mark.usefixtures("unverified")
def test_each_epoch_shows_other_views_and_what_is_held_out_is_shown_as_it_is(
    graft: Graft, coloured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a cache that is too small, so that every picture asked for is decoded."""
    monkeypatch.setenv("GRAFT_CACHE_GB", "0.0001")
    decoded: list[int] = []
    decode = ImageRows.decode

    def remember(self: ImageRows, row: int) -> np.ndarray:
        decoded.append(row)
        return decode(self, row)

    monkeypatch.setattr(ImageRows, "decode", remember)
    config = small(epochs=2, augmentation=AugmentationConfig(views=1))
    assert graft.train(coloured, "run", config).code == 0
    run = Run(graft.home / "run")
    assert "larger than the cache may be" in run.log.read_text()
    assert not (graft.home / "workspace" / "cache" / "features").exists()
    manifest = Dataset(Path(run.config().data)).read()
    splits = np.array(assign_splits(run.config(), manifest))
    train = np.flatnonzero(splits == "train")
    views = sorted(row for row in decoded if row >= 30)
    # In two epochs each of the two has its turn; so it has for the heads that leave some out.
    assert views == sorted(2 * [*(train + 30)])
    for split in ("train", "validation", "test"):
        assert set(np.flatnonzero(splits == split)) <= set(decoded)


def test_front_and_tail_are_the_whole_in_every_phase(coloured: Path) -> None:
    batch = np.stack(
        [images_decode.decode(path, 64, "stretch") for path in sorted(coloured.rglob("*.png"))[:4]]
    )
    for unfreeze in (2, 16):
        graft = build.build(small(unfreeze=unfreeze), 3)
        expected = np.asarray(graft.model(batch, training=False))
        assert [model.phase for model in graft.phase_models] == ["head", "fine-tuning"]
        for model in graft.phase_models:
            assert model.front is not None
            logits = model.tail([model.front(batch, training=False)], training=False)
            np.testing.assert_allclose(np.asarray(keras.ops.softmax(logits)), expected, rtol=1e-6, atol=1e-5)
    assert build.build(small(unfreeze="all"), 3).front is None


def test_continued_with_more_data_it_starts_from_what_it_knew(
    graft: Graft, coloured: Path, trained: Trained, continued: Trained
) -> None:
    first, second = trained.run, continued.run
    assert second.config().start_from == str(first.folder)
    began = epochs(second.rows()[0])[0]["loss"]
    assert began < epochs(first.rows()[0])[0]["loss"]

    other = draw(graft.home / "other", per_class=4, classes=("amber", "green"))
    said = graft.train(other, "third", small(), "--start-from", first.folder)
    assert said.code == 2 and "other classes" in said.err and not (graft.home / "third").exists()
    said = graft.train(coloured, "fourth", small(head=HeadConfig(hidden=(8,))), "--start-from", first.folder)
    assert said.code == 2 and "another backbone, head or number of classes" in said.err
    assert BACKEND.status(Run(graft.home / "fourth")).state == "failed"
    said = graft.train(coloured, "fifth", small(), "--start-from", graft.home / "nowhere")
    assert said.code == 2 and "no run in that folder" in said.err


@pytest.mark.usefixtures("unverified")
def test_three_pictures_a_class_are_enough(graft: Graft) -> None:
    data = draw(graft.home / "few", per_class=3, classes=("amber", "blue"))
    said = graft.train(data, "run", small(batch_size=1024))
    assert said.code == 0, said.err
    report = Run(graft.home / "run").report()
    assert (report.test.n, report.validation_n) == (2, 2)
    assert report.cross_validation is not None and len(report.cross_validation.folds) == 4


@pytest.mark.usefixtures("features_there")
def test_a_loss_that_explodes_is_said(graft: Graft, coloured: Path) -> None:
    # Weights decay by as much as they are, and a million times over, in each of 24 steps.
    said = graft.train(coloured, "run", small(learning_rate=1e6, batch_size=1, schedule="constant"))
    run = Run(graft.home / "run")
    assert said.code == 2 and "smaller learning rate" in said.err
    assert BACKEND.status(run).state == "failed" and not run.has_model
    assert all(json.loads(line) for line in run.metrics.read_text().splitlines())
    assert "NaN" not in run.metrics.read_text() and "Infinity" not in run.metrics.read_text()


def test_half_precision_ends_in_a_full_precision_model(graft: Graft, monkeypatch: pytest.MonkeyPatch) -> None:
    """The road of a GPU, taken on the CPU."""
    device.set_up_device()
    monkeypatch.setattr(pipeline, "set_up_device", lambda: Device("GPU (pretended)", True, "mixed_float16"))
    data = draw(graft.home / "few", per_class=5, classes=("amber", "blue"))
    said = graft.train(data, "run", small(epochs=1, unfreeze=1, input_size=32))
    assert said.code == 0, said.err
    with zipfile.ZipFile(Run(graft.home / "run").model) as archive:
        layers = json.loads(archive.read("config.json"))["config"]["layers"]
    types = [layer["config"].get("dtype") for layer in layers]
    policies = {found["config"]["name"] if isinstance(found, dict) else found for found in types}
    assert "float32" in policies and policies <= {"float32", "uint8", None}


def test_a_proof_fails_for_another_model(tmp_path: Path) -> None:
    path, batch = tmp_path / "model.keras", np.arange(8, dtype=np.float32).reshape(4, 2)
    given = keras.Input((2,))
    model = keras.Model(given, keras.layers.Dense(3, activation="softmax", name="logits")(given))
    model.save(path)
    expected = np.asarray(model(batch))
    assert saved_model.verify(path, batch, (expected,)) <= 1e-5
    with pytest.raises(saved_model.RunError, match="answers differently"):
        saved_model.verify(path, batch, (expected * np.nan,))
    model.get_layer("logits").bias.assign([1.0, 0.0, 0.0])
    model.save(path)
    with pytest.raises(saved_model.RunError, match="answers differently"):
        saved_model.verify(path, batch, (expected,))
    assert not path.exists()


# A layer that needs a library which is not there.
WRAPPER = """{"module": "keras", "class_name": "Sequential", "registered_name": null, "config": {"name": "m",
"layers": [{"module": "keras.layers", "class_name": "TorchModuleWrapper", "registered_name": null,
"config": {"module": "eA==", "name": "t"}}]}}"""


def test_files_that_are_no_model_or_carry_code_are_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.keras").write_bytes(b"PK\x03\x04 no more")
    with pytest.raises(saved_model.RunError, match="cannot be loaded"):
        saved_model.load(tmp_path / "broken.keras")
    hostile = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x * 2)])
    hostile.save(tmp_path / "hostile.keras")
    with pytest.raises(saved_model.RunError, match="cannot be loaded"):
        saved_model.load(tmp_path / "hostile.keras")
    with pytest.raises(saved_model.RunError, match="no model yet"):
        saved_model.load(tmp_path / "missing.keras")
    for name, parts, said in (
        ("bomb", {"config.json": "{}", "model.weights.h5": "0" * 100_000_000}, "unpacks to 100 MB"),
        ("wrapper", {"config.json": WRAPPER, "metadata.json": "{}", "model.weights.h5": ""}, "torch"),
    ):
        with zipfile.ZipFile(tmp_path / f"{name}.keras", "w", zipfile.ZIP_DEFLATED) as archive:
            for part, content in parts.items():
                archive.writestr(part, content)
        with pytest.raises(saved_model.RunError, match=said):
            saved_model.load(tmp_path / f"{name}.keras")
