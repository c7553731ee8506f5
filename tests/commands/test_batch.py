"""`batch`: answers for many, in a process that may die at any moment."""

from __future__ import annotations

import csv
import shutil
import signal
import time
from pathlib import Path

import msgspec
import pytest

from tests.fixtures.helping_machines import Others
from tests.fixtures.many_runs import write_run
from tests.fixtures.tiny_training import Graft, Trained, small
from tlcore.commands import batch as command
from tlcore.commands.shared.answering import help_batch
from tlcore.config import RunConfig
from tlcore.evaluate import confidence_threshold
from tlcore.evaluate.confidence_threshold import ConfidenceThreshold
from tlcore.runs.batches.batch import Batch, BatchRequest, BatchRow, ModelAnswer
from tlcore.runs.cluster import helping
from tlcore.runs.queue import turn
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace


@pytest.fixture
def pictures(tmp_path: Path, trained: Trained) -> Path:
    """Twelve pictures, one of them named like a formula, and a file that is none."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for label in trained.run.labels():
        for number in range(4):
            shutil.copy(trained.path(label, number), folder / f"{label} {number}.png")
    (folder / "amber 0.png").rename(folder / "=1+1.png")
    (folder / "letter.jpg").write_text("Dear Sir, …")
    return folder


def test_all_are_answered_or_refused(graft: Graft, trained: Trained, pictures: Path) -> None:
    out, table = graft.home / "batch", graft.home / "t.csv"
    said = graft.call("batch", trained.folder, pictures, "--out", out, "--csv", table, "--json")
    assert said.code == 0, said.err
    assert said.json == {"batch": str(out), "state": "done", "answered": 12, "skipped": 1}
    batch = Batch(out)
    rows = {row.name: row for row in batch.rows()}
    assert len(rows) == 13 and "not a picture" in rows["letter.jpg"].error
    alone = graft.call("predict", trained.folder, pictures / "blue 1.png", "--json").json
    (answer,) = rows["blue 1.png"].answers
    assert answer.label == alone["label"] and answer.confidence == pytest.approx(
        alone["confidence"], abs=1e-5
    )
    assert [answer.label, answer.second] == list(alone["probabilities"])[:2] and answer.milliseconds > 0
    status = BACKEND.status(batch)
    assert (status.state, status.done, status.total) == ("done", 13, 13)
    assert not batch.work.exists() and pictures.is_dir()  # what was sent from elsewhere stays
    lines = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert {line["name"] for line in lines} == {*rows.keys() - {"=1+1.png"}, "'=1+1.png"}
    assert {line["verdict"] for line in lines if line["class"]} <= {"answered", "unknown"}


def test_texts_are_answered_line_by_line(graft: Graft, trained_texts: Trained) -> None:
    lines, out = graft.home / "lines.txt", graft.home / "batch"
    lines.write_text("\n".join(f"Where is shop {n}?" for n in range(7)), encoding="utf-8")
    said = graft.call("batch", trained_texts.folder, lines, "--out", out, "--json")
    assert said.code == 0, said.err
    assert (said.json["answered"], said.json["skipped"]) == (7, 0)
    assert all(row.answers[0].label in trained_texts.run.labels() for row in Batch(out).rows())


def test_it_goes_on_behind_the_last_whole_row(graft: Graft, trained: Trained, pictures: Path) -> None:
    out = graft.home / "batch"
    assert graft.call("batch", trained.folder, pictures, "--out", out, "--json").code == 0
    batch = Batch(out)
    whole = batch.rows_file.read_bytes()
    lines = whole.splitlines(keepends=True)
    batch.rows_file.write_bytes(b"".join(lines[:5]) + lines[5][:10])
    said = graft.call("batch", trained.folder, pictures, "--out", out, "--json")
    assert said.json["answered"] == 12
    assert batch.rows_file.read_bytes().splitlines(keepends=True)[:5] == lines[:5]
    assert [row.name for row in batch.rows()] == [msgspec.json.decode(line)["name"] for line in lines]
    said = graft.call("batch", trained.folder, trained.data, "--out", out)
    assert said.code == 2 and "something in that place" in said.err


def test_a_stop_keeps_what_was_answered(
    graft: Graft, trained: Trained, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = Batch(graft.home / "batch")
    append = command._append

    def stopping(job: Batch, rows: list) -> None:  # type: ignore[type-arg]
        append(job, rows)
        if len(job.rows()) == 3:
            job.request_stop()

    monkeypatch.setattr(command, "_append", stopping)
    said = graft.call("batch", trained.folder, pictures, "--out", batch.folder, "--json")
    assert (said.code, said.json["state"]) == (0, "cancelled") and len(batch.rows()) == 3
    assert BACKEND.status(batch).state == "cancelled" and not (batch.folder / "stop").exists()


@pytest.mark.parametrize("stops", [False, True])
def test_other_machines_answer_for_a_part_of_it(
    graft: Graft, trained: Trained, pictures: Path, monkeypatch: pytest.MonkeyPatch, stops: bool
) -> None:
    alone, out = graft.home / "alone", Workspace().batches / "shared"
    assert graft.call("batch", trained.folder, pictures, "--out", alone, "--json").code == 0
    source = Path(shutil.copytree(pictures, Workspace().root / "pictures"))
    others = Others(lambda job: help_batch(Batch(job.folder)), (0, 1, 5)).stand_by(monkeypatch)
    append = command._append

    def stopping(job: Batch, lines: bytes) -> None:
        append(job, lines)
        if stops and lines.count(b"\n") and job.recorded().attempt == 1:
            job.request_stop()

    monkeypatch.setattr(command, "_append", stopping)
    words = ["batch", trained.folder, source, "--out", out, "--json"]
    said = graft.call(*words)
    if stops:
        assert said.json["state"] == "cancelled" and said.json["answered"] == 1
        said = graft.call(*words)
    assert said.code == 0 and (said.json["state"], said.json["answered"]) == ("done", 12)
    rows, wanted = Batch(out).rows(), Batch(alone).rows()
    assert [untimed(row) for row in rows] == [untimed(row) for row in wanted]
    assert len(list((out / "thumbs").iterdir())) == 12 and not (out / helping.FOLDER).exists()
    assert others.parts == (13 - 3) + stops * (12 - 3)


def untimed(row: BatchRow[ModelAnswer]) -> object:
    """What is the same on every machine."""
    return row.name, row.error, [(answer.label, answer.confidence) for answer in row.answers]


def test_two_models_and_what_the_browser_could_not_read(
    graft: Graft, trained: Trained, pictures: Path
) -> None:
    other = graft.home / "other"
    shutil.copytree(trained.folder, other)
    confidence_threshold.write(other, ConfidenceThreshold(1.0))
    batch = Batch(graft.home / "batch")
    folders = (str(trained.folder), str(other))
    batch.prepare(BatchRequest("holiday.zip", folders, str(pictures), ("lost.jpg",)))
    table = graft.home / "t.csv"
    said = graft.call(
        "batch", trained.folder, pictures, "--out", batch.folder, "--beside", other, "--csv", table, "--json"
    )
    assert said.code == 0, said.err
    assert (said.json["answered"], said.json["skipped"]) == (12, 2)
    first, *rows = batch.rows()
    assert (first.name, first.error) == ("lost.jpg", command.NOT_SENT)
    for number, row in enumerate(rows, start=1):
        assert batch.thumbnail(number).is_file() == bool(row.answers)
        if row.answers:
            assert row.answers[0].label == row.answers[1].label
    lines = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert {line["same class"] for line in lines} == {"", "yes"}
    assert {line["verdict (other)"] for line in lines} <= {"", "not sure", "unknown"}


def test_what_cannot_be_asked(graft: Graft, trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    out = graft.home / "batch"
    (graft.home / "x.zip").write_bytes(b"no archive")
    said = graft.call("batch", trained.folder, graft.home / "none", "--out", out)
    assert (said.code, out.exists()) == (2, False) and "nothing at that path" in said.err
    unfinished = Run.prepare(graft.home / "unfinished", small())
    said = graft.call("batch", unfinished.folder, trained.data, "--out", out)
    assert said.code == 2 and "no model yet" in said.err
    said = graft.call("batch", trained.folder, graft.home / "x.zip", "--out", out)
    assert said.code == 2 and BACKEND.status(Batch(out)).state == "failed"
    assert "ZIP or TAR" in BACKEND.status(Batch(out)).error
    monkeypatch.setattr(command, "MOST", 20)
    said = graft.call("batch", trained.folder, trained.data, "--out", graft.home / "many")
    assert said.code == 2 and "There are 30 in it, and a batch may have 20." in said.err


def test_nothing_is_no_batch(graft: Graft, tmp_path: Path) -> None:
    """Refused before a model is loaded: this one is none."""
    run = write_run(tmp_path / "run", RunConfig(data=str(tmp_path)), [])
    (tmp_path / "empty").mkdir()
    said = graft.call("batch", run.folder, tmp_path / "empty", "--out", tmp_path / "batch")
    assert said.code == 2 and "There are no pictures in it." in said.err
    assert BACKEND.status(Batch(tmp_path / "batch")).state == "failed"


def test_a_polite_end_while_it_waits_is_no_success(graft: Graft, trained: Trained, pictures: Path) -> None:
    out, table = graft.home / "batch", graft.home / "t.csv"
    command = ["batch", trained.folder, pictures, "--out", out, "--csv", table]
    with turn(Workspace().folder("queue", "batches"), "somebody else", lambda ahead: False):
        process = graft.spawn(*command)
        while "Waiting for another" not in BACKEND.status(Batch(out)).message:
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM and BACKEND.status(Batch(out)).state == "cancelled"
    assert not table.exists()  # it would be in the way of what goes on
    assert graft.call(*command, "--json").json["answered"] == 12 and table.is_file()


def test_nothing_is_left_in_a_folder_of_somebody_else(graft: Graft, tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", RunConfig(data=str(tmp_path)), [])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    said = graft.call("batch", run.folder, tmp_path / "mine", "--out", tmp_path / "mine")
    assert said.code == 2 and "something in that place" in said.err
    assert [item.name for item in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_a_killed_process_leaves_what_is_needed_to_go_on(
    graft: Graft, trained: Trained, pictures: Path
) -> None:
    out = graft.home / "batch"
    process = graft.spawn("batch", trained.folder, pictures, "--out", out)
    batch = Batch(out)
    while not batch.rows() and process.poll() is None:
        time.sleep(0.05)
    process.kill()
    process.wait()
    said = graft.call("batch", trained.folder, pictures, "--out", out, "--json")
    assert said.json["answered"] == 12 and len({row.name for row in batch.rows()}) == 13
