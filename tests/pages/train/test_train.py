"""Train: every state that a run can be in, without a browser."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from streamlit.testing.v1 import AppTest

from pages.components.shared.selection.keys import key_of
from pages.components.train import passing_examples, training_curves
from tests.fixtures.image_workspace import Furnished
from tests.pages.conftest import Open, delete, primary, words
from tlcore import processes
from tlcore.data.versions import versions
from tlcore.data.versions.edits import Exclude
from tlcore.runs.cluster import lease as leases
from tlcore.runs.job import Status
from tlcore.runs.queue import Ticket
from tlcore.runs.workers.backend import BACKEND


def test_empty(empty: Open) -> None:
    at = empty("train")
    assert not at.exception
    assert primary(at) == ["Begin with a sample or your data"]
    assert "Nothing has been trained yet" in words(at)


def test_a_finished_run_shows_what_it_reached(full: Open, furnished: Furnished) -> None:
    at = full("train", run=furnished.run.id)
    assert not at.exception
    assert primary(at)[0] == "Evaluate"
    test = furnished.run.report().test
    assert at.metric[0].value == f"{100 * test.accuracy:.1f} %"
    assert f"{test.n} test pictures" in words(at) and "95 % interval" in words(at)
    assert "five different splits" in words(at)
    labels = {metric.label: metric.value for metric in at.metric}
    assert labels["Epoch"] == "4 of 4"
    assert not at.code
    at.session_state[key_of("files", furnished.run.id)] = True
    folder, config, log = (code.value for code in at.run().code)
    assert folder == str(furnished.run.folder) and '"epochs": 4' in config and "are kept" in log


def test_a_finished_run_is_replayed_and_said_to_be(full: Open, furnished: Furnished) -> None:
    at = full("train", run=furnished.run.id)
    at.button(key=f"replay_{furnished.run.id}").click().run()
    assert not at.exception
    assert "Replay" in badges(at) and "of 4, as it was recorded" in words(at)
    assert f"replay_{furnished.run.id}" not in [button.key for button in at.button]
    at.session_state[f"replay_began_{furnished.run.id}"] -= 60
    at.run()
    assert "Replay" not in badges(at) and not at.exception


def test_a_run_on_a_cluster_names_its_machine_and_the_line(
    furnished: Furnished, tmp_path: Path, empty: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = furnished.copy(tmp_path / "workspace").run
    held = leases.issue(run.folder, "http://head:8265")
    (run.folder / "status.json").write_bytes(
        msgspec.json.encode(Status("done", device="CPU", lease="earlier"))
    )
    assert "Waiting for a free device of the cluster" in _said_at(empty("train", run=run.id))
    with leases.held(run.folder, held.token):
        status = Status("running", "training", device="CPU", node="*node* 2", lease=held.token, pid=1)
        (run.folder / "status.json").write_bytes(msgspec.json.encode(status))
        monkeypatch.setattr(type(BACKEND), "is_wide", True)
        monkeypatch.setattr(BACKEND, "notice", lambda: "It *sleeps*.")
        line = [Ticket((0, number), "", name) for number, name in enumerate((run.id, "other"))]
        monkeypatch.setattr(BACKEND, "line", lambda: line)
        at = empty("train", run=run.id)
    assert not at.exception and "CPU on \\*node\\* 2" in badges(at)
    assert [warning.value for warning in at.warning] == ["It \\*sleeps\\*\\."]
    assert "as there are free devices. In the queue: **" in at.info[0].value


def _said_at(at: AppTest) -> str:
    assert not at.exception
    return "".join(bar.proto.text for bar in at.get("progress"))


def badges(at: AppTest) -> str:
    return "".join(badge.proto.body for badge in at.get("badge")) + words(at)


def test_while_the_frozen_part_runs_the_pictures_pass(
    furnished: Furnished, tmp_path: Path, empty: Open
) -> None:
    run = furnished.copy(tmp_path / "workspace").run
    (run.folder / "metrics.jsonl").unlink()
    pid, started = processes.identity()
    status = Status("running", "features", "Running", done=10, total=30, pid=pid, started=started)
    (run.folder / "status.json").write_bytes(msgspec.json.encode(status))
    at = empty("train", run=run.id)
    assert not at.exception and len(at.get("image")) == passing_examples.SHOWN
    assert "Time left" not in [metric.label for metric in at.metric], "nothing is known of it yet"


def test_the_version_of_the_data_is_named_with_a_newer_one(
    furnished: Furnished, tmp_path: Path, empty: Open
) -> None:
    own = furnished.copy(tmp_path / "workspace")
    link = "\u2068Coloured \\<b\\>paper\\<\\/b\\>\u2069, version 1"
    assert _links(empty("train", run=own.run.id))[0] == link
    versions.change(own.dataset, Exclude((own.dataset.read().examples[0].key,)))
    assert _links(empty("train", run=own.run.id))[0] == f"{link} (the newest is 2)"
    said = words(empty("model", data=own.dataset.id))
    assert "Its version 2: one picture set aside." in said


def _links(at: AppTest) -> list[str]:
    return [link.proto.label for link in at.get("page_link")]


@pytest.mark.parametrize(
    ("status", "badge", "buttons"),
    [
        ({"state": "running", "pid": 2**22 + 1, "started": 1.0}, "Interrupted", ["Go on"]),
        ({"state": "failed", "error": "The disk is *full*."}, "Failed", ["Go on"]),
        ({"state": "cancelled", "message": "Stopped while waiting"}, "Stopped", ["Go on"]),
        (None, "Not started", ["Start"]),
    ],
)
def test_a_run_without_a_model(
    furnished: Furnished,
    tmp_path: Path,
    empty: Open,
    status: dict[str, object] | None,
    badge: str,
    buttons: list[str],
) -> None:
    run = furnished.copy(tmp_path / "workspace").run
    for path in run.folder.iterdir():
        if path.is_file() and path.name != "config.json":
            path.unlink()
    if status:
        (run.folder / "status.json").write_text(json.dumps(status))
    at = empty("train", run=run.id)
    assert not at.exception
    assert badge in words(at)
    assert primary(at) == buttons
    assert [error.value for error in at.error] == ([r"The disk is \*full\*\."] if badge == "Failed" else [])


@pytest.mark.parametrize("can_answer", [False, True])
def test_a_model_can_be_tried_before_its_file_is_proven(
    furnished: Furnished, tmp_path: Path, empty: Open, can_answer: bool
) -> None:
    run = furnished.copy(tmp_path / "workspace").run
    run.model.unlink()
    pid, started = processes.identity()
    message = "Your model can answer. Saving it and checking the saved file"
    status = Status("running", "saving", message, can_answer=can_answer, pid=pid, started=started)
    (run.folder / "status.json").write_bytes(msgspec.json.encode(status))
    at = empty("train", run=run.id)
    assert not at.exception
    assert "Running" in words(at) and "Ready" not in words(at)
    assert (":primary[**Try it**]" in _links(at)) == can_answer
    assert ("Model" in [box.label for box in empty("predict", run=run.id).selectbox]) == can_answer


def test_a_deleted_run_can_be_brought_back(furnished: Furnished, tmp_path: Path, empty: Open) -> None:
    run = furnished.copy(tmp_path / "workspace").run
    at = empty("train", run=run.id)
    delete(at, f"delete_{run.id}")
    assert not at.exception and not run.folder.exists()
    assert "Nothing has been trained yet" in words(at)
    at.button(key="undo_delete").click().run()
    assert not at.exception and run.has_model


@pytest.mark.parametrize(
    "broken", ["config.json", "report.json", "labels.json", "metrics.jsonl", "status.json"]
)
def test_a_spoiled_file_is_an_error_in_words(
    furnished: Furnished, tmp_path: Path, empty: Open, broken: str
) -> None:
    run = furnished.copy(tmp_path / "workspace").run
    (run.folder / broken).write_text("{")
    for page in ("train", "home"):
        assert not empty(page, run=run.id).exception


def test_the_best_epoch_is_counted_in_its_phase(
    furnished: Furnished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = furnished.copy(tmp_path / "workspace").run
    config = msgspec.structs.replace(run.config(), unfreeze=2)
    monkeypatch.setattr(type(run), "config", lambda self: config)
    (run.folder / "report.json").unlink()  # then the lowest loss decides
    rows = [{"epoch": n, "phase": "head", "val_loss": 2.0} for n in range(1, 5)]
    rows += [{"epoch": 4 + n, "phase": "fine-tuning", "val_loss": abs(3 - n)} for n in range(1, 7)]
    assert training_curves._best(run, rows) == ("Best epoch, fine-tuning", "3 of 6")
    assert training_curves._best(run, []) == ("Best epoch", "–")
