"""Batches on Predict: their table, what is taken away, how they ended."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import msgspec
import pytest

from pages.components.browser.upload.upload import Received
from pages.components.predict import sent_pictures
from pages.components.predict.batch import jobs
from pages.components.predict.batch import rows as batch_rows
from pages.components.predict.batch import table as batch_table
from pages.components.shared.text import JOINER
from tests.data.conftest import jpeg
from tests.fixtures.archives import a_zip
from tests.fixtures.many_runs import CLASSES, FROZEN, TUNED
from tests.pages.conftest import Open, words
from tlcore import processes
from tlcore.evaluate import confidence_threshold
from tlcore.evaluate.confidence_threshold import ConfidenceThreshold
from tlcore.runs.batches.batch import NAMED, Batch, BatchRequest, BatchRow, FullAnswer
from tlcore.runs.job import Status
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace


def filled(home: Path, *runs: str, name: str = "holiday.zip") -> Batch:
    """A batch that is done: sixty pictures, one of them not read, one unknown, some unsure."""
    batch = Batch(home / "batches" / "holiday-20260305-101500-aaaa")
    folders = tuple(str(home / "runs" / run) for run in runs)
    batch.prepare(BatchRequest(name, folders, str(batch.folder / "source.zip")))
    rows = [BatchRow("letter.jpg", error="It is text.")]
    for number in range(59):
        label, second = CLASSES[number % 3], CLASSES[(number + 1) % 3]
        sure = 0.5 + number / 120
        given = FullAnswer(
            label, sure, second, 1 - sure, 20.0 + number, number == 58, {label: sure, second: 1 - sure}
        )
        other = msgspec.structs.replace(given, label=second) if number < 10 else given
        rows.append(
            BatchRow(
                f"=cmd{number}.png" if number == 7 else f"{number}.png", answers=(given, other)[: len(runs)]
            )
        )
    batch.rows_file.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    (batch.folder / "thumbs").mkdir()
    batch.thumbnail(8).write_bytes(jpeg())
    (batch.folder / "status.json").write_text('{"state": "done", "done": 60, "total": 60}')
    return batch


def test_the_table_of_a_batch(home: Path, empty: Open) -> None:
    batch = filled(home, FROZEN)
    confidence_threshold.write(home / "runs" / FROZEN, ConfidenceThreshold(0.75))
    at = empty("predict", run=FROZEN, batch=batch.id)
    assert not at.exception
    assert "**60 sent: 59 answered, 1 skipped.**" in words(at)
    assert "Answered: 28 · Not sure: 30 · Unlike anything in training: 1. 49 ms each" in words(at)
    table = at.dataframe[0].value
    assert len(table) == 50 and list(table)[:4] == ["Picture", "Name", "Class", "Confidence"]
    assert table["Name"][8] == f"{JOINER}=cmd7.png" and table["Picture"][8].startswith("data:image/jpeg")
    assert "1 could not be read" in [box.label for box in at.expander]
    at.text_input(key=f"find_{batch.id}").set_value("CMD").run()
    assert list(at.dataframe[0].value["Name"]) == [f"{JOINER}=cmd7.png"]
    at.text_input(key=f"find_{batch.id}").set_value("").run()
    at.multiselect(key=f"verdicts_{batch.id}").set_value(["unknown", "not read"]).run()
    assert set(at.dataframe[0].value["Name"]) == {"letter.jpg", "58.png"}
    at.multiselect(key=f"verdicts_{batch.id}").set_value(["not sure"]).run()
    at.multiselect(key=f"classes_{batch.id}").set_value([CLASSES[0]]).run()
    at.selectbox(key=f"order_{batch.id}").select("Surest first").run()
    table = at.dataframe[0].value
    assert len(table) == 10 and set(table["Class"]) == {CLASSES[0]} and "10 rows." in words(at)
    assert list(table["Confidence"]) == sorted(table["Confidence"], reverse=True)
    at.text_input(key=f"find_{batch.id}").set_value("nothing like it").run()
    assert "No row matches." in words(at) and not at.exception


def test_two_models_in_the_table(home: Path, empty: Open) -> None:
    batch = filled(home, FROZEN, TUNED)
    at = empty("predict", run=FROZEN, batch=batch.id)
    assert not at.exception and "They agree on 49 of 59 (83.1 %)." in words(at)
    at.toggle(key=f"differ_{batch.id}").set_value(True).run()
    table = at.dataframe[0].value
    assert len(table) == 10 and all(table["Class A"] != table["Class B"])


def test_what_is_taken_away_holds_no_formula(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(home))
    batch = filled(home, FROZEN)
    taken = batch, batch_rows.items(batch, NAMED), batch_rows.answer_columns(batch)
    content = batch_table.as_csv(*taken).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    assert len(rows) == 60 and rows[8]["name"] == "'=cmd7.png"
    assert (rows[0]["class"], rows[0]["reason"]) == ("", "It is text.")
    assert float(rows[1][f"chance of {CLASSES[0]}"]) == 0.5
    monkeypatch.setattr(batch_table, "MOST_CHANCES", 100)
    bare = batch_table.as_csv(*taken).decode("utf-8-sig")
    assert "second class" in bare and "chance of" not in bare


def test_without_an_address_earlier_batches_are_offered(home: Path, empty: Open) -> None:
    filled(home, FROZEN)
    at = empty("predict", run=FROZEN)
    assert not at.exception and not at.dataframe
    (box,) = [box for box in at.selectbox if box.label == "Batch"]
    assert box.options == ["holiday.zip · 5 Mar, 10:15"]
    box.select(box.options[0]).run()
    assert len(at.dataframe) == 2 and not at.exception
    assert not empty("predict", run=TUNED).dataframe


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ('{"state": "failed", "error": "The disk is full."}', "The disk is full"),
        ('{"state": "cancelled", "done": 60, "total": 90}', "You stopped this batch after 60 of 90."),
        (
            '{"state": "running", "attempt": 3, "pid": 1, "started": 1.0}',
            "This batch was interrupted",
        ),
    ],
)
def test_how_it_ended(home: Path, empty: Open, status: str, said: str) -> None:
    batch = filled(home, FROZEN)
    (batch.folder / "status.json").write_text(status)
    at = empty("predict", run=FROZEN, batch=batch.id)
    assert not at.exception and said in words(at) and at.dataframe


def test_one_at_work_can_be_stopped(home: Path, empty: Open) -> None:
    """What it does then: `commands/test_batch.py`."""
    batch = filled(home, FROZEN)
    pid, started = processes.identity()
    at_work = Status("running", "answering", done=60, total=90, pid=pid, started=started)
    (batch.folder / "status.json").write_bytes(msgspec.json.encode(at_work))
    at = empty("predict", run=FROZEN)
    assert not at.exception and at.query_params["batch"] == batch.id and not batch.stop_requested()
    at.button(key="stop_batch").click().run()
    assert not at.exception and batch.stop_requested() and "Stopping …" in words(at)


def test_one_that_was_cut_off_goes_on_by_itself(
    home: Path, empty: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = filled(home, FROZEN)
    (batch.folder / "status.json").write_text('{"state": "running", "attempt": 1, "pid": 1, "started": 1.0}')
    started: list[str] = []
    monkeypatch.setattr(jobs, "_start", lambda batch: started.append(batch.id))
    at = empty("predict", run=FROZEN, batch=batch.id)
    assert not at.exception and started[0] == batch.id


def test_few_or_many(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(home))
    begun: list[int] = []
    monkeypatch.setattr(jobs, "begin", lambda runs, received: begun.append(received.sent))
    run = Run(home / "runs" / FROZEN)
    for count in (sent_pictures.FEW, sent_pictures.FEW + 1):
        path = Workspace().uploads / f"upload-{count}.zip"
        a_zip(path, [(f"{n}.jpg", jpeg(n)) for n in range(count)])
        sent_pictures.take((run,), Received(path, "x.zip", count, None))
    assert begun == [sent_pictures.FEW + 1]


def test_the_batch_has_what_was_sent(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(home))
    commands: list[list[str]] = []
    monkeypatch.setattr(BACKEND, "start", lambda job, arguments: commands.append(arguments))
    path = Workspace().uploads / "upload-1.tar.gz"
    path.write_bytes(b"x")
    runs = (Run(home / "runs" / FROZEN), Run(home / "runs" / TUNED))
    jobs.begin(runs, Received(path, "my <b>.tar.gz", 9, None, ("lost.jpg",)))
    ((_, run, source, _, out, *rest),) = commands
    asked = Batch(Path(out)).asked()
    assert asked is not None and (asked.name, asked.not_sent) == ("my <b>.tar.gz", ("lost.jpg",))
    assert Path(source).read_bytes() == b"x" and source.endswith("source.tar.gz") and not path.exists()
    assert run == str(runs[0].folder) and rest == ["--beside", str(runs[1].folder)]
