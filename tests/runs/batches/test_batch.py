"""A batch's folder: what is asked, rows that survive a crash, and how many batches are kept."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from tlcore.errors import RunError
from tlcore.runs.batches.batch import (
    Batch,
    BatchRequest,
    BatchRow,
    FullAnswer,
    ModelAnswer,
    batches,
    is_answering,
    sweep,
)
from tlcore.runs.job import Job, Reporter
from tlcore.runs.run import Run

ROW = BatchRow(
    "a.png", answers=(FullAnswer("cat", 0.9, "dog", 0.1, 12.0, probabilities={"cat": 0.9, "dog": 0.1}),)
)
BRIEF = BatchRow("a.png", answers=(ModelAnswer("cat", 0.9, "dog", 0.1, 12.0),))


def made(root: Path, name: str, run: str = "/runs/a", age: int = 0) -> Batch:
    batch = Batch(root / name)
    batch.prepare(BatchRequest("holiday.zip", (run,), str(batch.folder / "source.zip"), ("lost.jpg",)))
    when = 1_700_000_000 - age
    os.utime(batch.folder / "batch.json", (when, when))
    return batch


def test_what_is_asked_is_kept_and_goes_on(tmp_path: Path) -> None:
    batch = made(tmp_path, "b")
    asked = batch.asked()
    assert asked == BatchRequest("holiday.zip", ("/runs/a",), str(batch.folder / "source.zip"), ("lost.jpg",))
    batch.prepare(BatchRequest("source.zip", asked.runs, asked.source))  # as the command does
    assert batch.asked() == asked
    with pytest.raises(RunError, match="something in that place"):
        batch.prepare(BatchRequest("other.zip", ("/runs/b",), asked.source))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(RunError, match="something in that place"):
        Batch(tmp_path / "mine").prepare(asked)


def test_rows_survive_a_process_that_died_while_writing(tmp_path: Path) -> None:
    batch = made(tmp_path, "b")
    assert (batch.rows(), batch.settle()) == ([], 0)
    line = msgspec.json.encode(ROW) + b"\n"
    batch.rows_file.write_bytes(line + line + line[:20])
    assert batch.rows() == [BRIEF, BRIEF]
    assert batch.settle() == 2 and batch.rows_file.read_bytes() == line + line
    batch.rows_file.write_bytes(line + b"nonsense\n" + line)
    assert batch.rows() == [BRIEF]


def test_the_chances_of_single_rows(tmp_path: Path) -> None:
    batch = made(tmp_path, "b")
    rows = [msgspec.structs.replace(ROW, name=f"{number}.png") for number in range(5)]
    batch.rows_file.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    assert list(batch.full([3, 0, 4])) == [rows[3], rows[0], rows[4]]


def test_runs_that_answer_are_in_use(tmp_path: Path) -> None:
    batch = made(tmp_path / "batches", "b")
    batch.prepare(batch.asked())
    run = Run(Path("/runs/a"))
    assert not is_answering(tmp_path / "batches", run)
    Reporter(Job(batch.folder)).stage("answering", "Answering")
    assert is_answering(tmp_path / "batches", run)
    assert not is_answering(tmp_path / "batches", Run(Path("/runs/b")))


def test_only_its_own_source_goes(tmp_path: Path) -> None:
    batch = made(tmp_path, "b")
    source = batch.folder / "source.zip"
    source.write_bytes(b"x")
    batch.work.mkdir()
    batch.drop_inputs()
    assert not source.exists() and not batch.work.exists()
    mine = tmp_path / "mine.zip"
    mine.write_bytes(b"x")
    other = Batch(tmp_path / "c")
    other.prepare(BatchRequest("mine.zip", ("/runs/a",), str(mine)))
    other.drop_inputs()
    assert mine.exists()


def test_the_oldest_go_first_and_each_run_has_its_own(tmp_path: Path) -> None:
    for number in range(5):
        made(tmp_path, f"b{number}", "/runs/a" if number % 2 else "/runs/b", age=number)
    (tmp_path / "no batch").mkdir()
    assert [batch.id for batch in batches(tmp_path, Run(Path("/runs/a")))] == ["b1", "b3"]
    sweep(tmp_path, keep=3)
    assert {item.name for item in tmp_path.iterdir()} == {"b0", "b1", "b2", "no batch"}
