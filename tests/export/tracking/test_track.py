"""A run goes to other programs when it ends; what cannot be written is a sentence, and spoils nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tests.fixtures.tracked_run import LOSSES, tracked
from tlcore.config.settings import SETTINGS
from tlcore.errors import RunError
from tlcore.export.card import card
from tlcore.export.tracking import record, tensorboard
from tlcore.export.tracking.record import Tracking
from tlcore.export.tracking.track import track
from tlcore.runs.run import Run
from tlcore.workspace import Workspace


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "workspace"))
    return tmp_path


def events(run: Run) -> list[tf.compat.v1.Event]:
    """What stands in the run's event file."""
    (file,) = (record.place("tensorboard") / record.name_of(run)).glob(f"{tensorboard.EVENTS}*")
    return list(tf.compat.v1.train.summary_iterator(str(file)))


def test_tensorboard_gets_the_numbers_of_the_run() -> None:
    run = tracked(Workspace().runs / "flowers <1>", "tensorboard")
    assert track(run) == record.read(run.folder) == Tracking(("tensorboard",), ("tensorboard",))
    first, *others = events(run)
    assert first.file_version == "brain.Event:2"
    values = [(event.step, value) for event in others for value in event.summary.value]
    scalars = {
        (value.tag, step): value.simple_value for step, value in values if value.HasField("simple_value")
    }
    report = run.report()
    expected = {("loss/validation", epoch): loss for epoch, loss in LOSSES.items()}
    expected |= {("loss/training", epoch): loss / 2 for epoch, loss in LOSSES.items()}
    expected |= {("test/score", 4): report.test.accuracy, ("test/score_low", 4): report.test.interval[0]}
    expected |= {
        ("validation/score", 4): 0.875,
        ("test/calibration_error", 4): 0.085,
        ("score/training", 2): 0.75,
    }
    assert {key: scalars[key] for key in expected} == {key: np.float32(v) for key, v in expected.items()}
    assert len(scalars) == 4 * len(LOSSES) + 6
    told = {value.tag: value for _, value in values}
    assert told["confusion"].image.encoded_image_string == card.make(run).picture
    texts = {tag: told[tag].tensor.string_val[0].decode() for tag in ("settings", "report")}
    assert "## Results" in texts["report"] and "</script>" not in texts["report"]
    assert texts["settings"].count("\n") == len(SETTINGS) + 2
    folder = record.place("tensorboard") / "flowers <1>"
    assert (folder / "model.keras").read_bytes() == run.model.read_bytes()


def test_written_again_it_takes_the_place_of_the_first() -> None:
    run = tracked(Workspace().runs / "flowers", "tensorboard")
    for _ in range(2):
        track(run)
    assert len(events(run)) == 1 + 4 * len(LOSSES) + 6 + 3
    assert [path.name for path in record.place("tensorboard").iterdir()] == ["flowers"]


def test_runs_of_one_name_in_two_folders_stay_apart(home: Path) -> None:
    names = {record.name_of(Run(folder / "run")) for folder in (home / "a", home / "b", Workspace().runs)}
    assert len(names) == 3 and "run" in names


def test_what_cannot_be_written_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    run = tracked(Workspace().runs / "flowers", "tensorboard", "mlflow")
    monkeypatch.setitem(record.NEEDED, "mlflow", "no_such_package")
    record.place("tensorboard").parent.mkdir(parents=True)
    record.place("tensorboard").write_text("in the way")
    done = track(run)
    assert done.written == () and done == record.read(run.folder)
    assert "TensorBoard did not get this run:" in done.problems["tensorboard"]
    assert "pip install -r requirements-mlflow.txt" in done.problems["mlflow"]
    assert run.has_model and run.report().test.n == 8


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(28, "No space left on device"), "The disk is full."),
        (RunError("This run has no report yet."), "This run has no report yet."),
        (KeyError("x"), "KeyError, see train.log."),
    ],
)
def test_whatever_goes_wrong_the_run_is_done(
    error: Exception, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(tensorboard, "write", fail)
    run = tracked(Workspace().runs / "flowers", "tensorboard")
    problem = track(run).problems["tensorboard"]
    assert problem.startswith(f"TensorBoard did not get this run: {sentence}")


def test_a_disk_that_becomes_full_is_not_called_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    run = tracked(Workspace().runs / "flowers", "tensorboard")
    writer = tf.io.TFRecordWriter
    monkeypatch.setattr(tf.io, "TFRecordWriter", lambda _: writer("/dev/full"))
    assert "The disk is full." in track(run).problems["tensorboard"]
    assert list(record.place("tensorboard").iterdir()) == []


def test_nobody_asked_and_nothing_is_written() -> None:
    run = tracked(Workspace().runs / "flowers")
    assert track(run) == record.NONE
    assert not (run.folder / record.FILE).exists() and not record.place("tensorboard").exists()
    (run.folder / record.FILE).write_text(json.dumps({"tools": ["a virus"]}))
    assert track(run) == record.NONE
