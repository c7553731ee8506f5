"""Predict, as far as it goes without a model's answer; the rest is in tests/journey."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import msgspec
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.components.browser.upload.upload import Received
from pages.components.predict import images, webcam
from pages.components.predict.answers import predictors
from pages.components.predict.answers.panels import panel as panel_of
from pages.components.predict.batch import jobs
from pages.components.predict.batch import rows as batch_rows
from pages.components.predict.batch import table as batch_table
from pages.components.shared.class_colours import PAIRS
from pages.components.shared.text import JOINER
from pages.components.shared.viewers import safe_preview
from tests.data.conftest import jpeg
from tests.fixtures.archives import a_zip
from tests.fixtures.image_workspace import Furnished
from tests.fixtures.many_runs import CLASSES, FROZEN, OTHER, TUNED
from tests.fixtures.text_workspace import Written
from tests.pages.conftest import Open, primary, words
from tests.pages.predict.conftest import Fix, components, panels
from tlcore import processes
from tlcore.errors import RunError
from tlcore.evaluate import confidence_threshold
from tlcore.evaluate.confidence_threshold import ConfidenceThreshold
from tlcore.runs import live_model
from tlcore.runs.backend import BACKEND
from tlcore.runs.batches.batch import Batch, BatchRequest, BatchRow, FullAnswer
from tlcore.runs.job import Status
from tlcore.runs.run import Run
from tlcore.workspace import Workspace


def test_empty(empty: Open) -> None:
    at = empty("predict")
    assert not at.exception
    assert primary(at) == ["Go to Model"]
    assert "You have no finished model yet" in words(at)


def test_full(full: Open, furnished: Furnished) -> None:
    at = full("predict", run=furnished.run.id)
    assert not at.exception and not at.error
    assert "Its classes: amber, blue, röd." in words(at)
    assert "Its classes: amber, blue, röd. It always answers, even when unsure." in words(at)
    assert [tab.label for tab in at.tabs] == ["Pictures", "Webcam"]
    assert [box.label for box in at.selectbox] == ["Model"]  # nothing to put beside it


def test_a_model_without_a_file_is_asked_where_it_was_trained(
    furnished: Furnished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = furnished.copy(tmp_path / "workspace").run
    run.model.unlink()
    pid, started = processes.identity()
    status = Status("running", can_answer=True, pid=pid, started=started, attempt=3)
    (run.folder / "status.json").write_bytes(msgspec.json.encode(status))
    predictors.wake(run)  # nothing to wake
    with live_model.serve(run, lambda question: {"path": str(question.path), "label": "blue"}):
        assert predictors.ask(run, tmp_path / "röd.png")["path"] == str(tmp_path / "röd.png")
    with pytest.raises(RunError, match="cannot answer"):
        predictors.ask(run, tmp_path / "röd.png")
    with pytest.raises(RunError, match="still being checked"):
        jobs.begin((run,), Received(tmp_path / "many.zip", "many.zip", 1, None))


def ask(at: AppTest, text: str) -> AppTest:
    at.text_area(key="text").set_value(text)
    return next(button for button in at.button if button.label == "Ask").click().run()


def test_verdicts(written: Written, tmp_path: Path, empty: Open, asleep: None, fixed: Fix) -> None:
    run = written.copy(tmp_path / "workspace").run
    fixed()
    at = ask(empty("predict", run=run.id), "too late")
    assert not at.exception
    (panel,) = panels(at)
    assert (panel["headline"], panel["chance"], panel["turn"], panel["truth"]) == ("blame", "60 %", "", "")
    assert panel["rest"] == "Answered in 31 ms."
    confidence_threshold.write(run.folder, ConfidenceThreshold(0.75))
    (panel,) = panels(at.run())
    assert (panel["headline"], panel["chance"]) == ("Not sure", "")
    assert panel["note"].startswith("Best guess: blame (60.0 %). Below 75 % this model says")
    assert "Below 75 % confidence it says “not sure”." in words(at)
    fixed(unlike=True, unknown=False, distance=0.7)
    (panel,) = panels(ask(at, "yyy"))
    assert (panel["headline"], panel["turn"]) == ("Not sure", "and unlike my training texts")
    confidence_threshold.write(run.folder, ConfidenceThreshold(0.5))
    (panel,) = panels(at.run())
    assert (panel["headline"], panel["turn"]) == ("blame", "but unlike my training texts")
    fixed(unlike=True, unknown=True, distance=0.9)
    (panel,) = panels(ask(at, "zzz"))
    assert panel["headline"] == "Unlike anything in training" and "blame (60.0 %)" in panel["note"]


def test_bars_keep_their_order_and_their_colours(
    written: Written, tmp_path: Path, empty: Open, asleep: None, fixed: Fix
) -> None:
    run = written.copy(tmp_path / "workspace").run
    fixed()
    (panel,) = panels(ask(empty("predict", run=run.id), "too late"))
    assert [bar["label"] for bar in panel["bars"]] == list(run.labels())
    assert [bar["colour"] for bar in panel["bars"]] == [PAIRS[at][0] for at in range(3)]
    assert [bar["is_best"] for bar in panel["bars"]] == [label == "blame" for label in run.labels()]
    many = {f"class {n}": 1 / 77 for n in range(77)}
    run.write_labels(tuple(many))
    answer = {"label": "class 5", "confidence": 0.5, "probabilities": {"class 70": 0.5, **many}}
    shown = panel_of(run, answer)
    assert [bar.label for bar in shown.bars] == [f"class {n}" for n in (*range(7), 70)]
    assert shown.rest.startswith("69 other classes together")


def test_a_few_lines_have_a_card_each(
    written: Written,
    tmp_path: Path,
    empty: Open,
    asleep: None,
    fixed: Fix,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = written.copy(tmp_path / "workspace").run
    fixed()
    at = empty("predict", run=run.id)
    at.text_area(key="texts").set_value("one\n\ntwo <b>\nthree")
    at = next(button for button in at.button if button.label == "Ask all").click().run()
    assert not at.exception and [panel["headline"] for panel in panels(at)] == ["blame"] * 3
    assert [answer["text"] for answer in components(at, "graft_answer")] == ["one", "two <b>", "three"]
    started: list[BatchRequest] = []
    monkeypatch.setattr(jobs, "_start", lambda batch: started.append(batch.asked()))
    at.text_area(key="texts").set_value("\n".join(f"text {n}" for n in range(20)))
    at = next(button for button in at.button if button.label == "Ask all").click().run()
    (asked,) = started
    assert asked.name == "20 lines" and asked.runs == (str(run.folder),)
    assert Path(asked.source).read_text().splitlines()[3] == "text 3"
    assert not at.exception and not panels(at)


def test_another_model_beside_it(home: Path, empty: Open, asleep: None) -> None:
    at = empty("predict", run=FROZEN)
    assert not at.exception
    (box,) = [box for box in at.selectbox if box.label == "Compare with"]
    assert box.value is None and len(box.options) == 2
    box.select(TUNED).run()
    assert at.query_params["beside"] == TUNED
    at = empty("predict", run=FROZEN, beside=OTHER)
    (box,) = [box for box in at.selectbox if box.label == "Compare with"]
    assert box.value == OTHER and not at.exception


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


def test_the_table_of_a_batch(home: Path, empty: Open, asleep: None) -> None:
    batch = filled(home, FROZEN)
    confidence_threshold.write(home / "runs" / FROZEN, ConfidenceThreshold(0.75))
    at = empty("predict", run=FROZEN, batch=batch.id)
    assert not at.exception
    assert "**60 sent: 59 answered, 1 skipped.**" in words(at)
    assert "Answered: 28 · Not sure: 30 · Unlike anything in training: 1. 49 ms each" in words(at)
    table = at.dataframe[0].value
    assert len(table) == 50 and list(table)[:4] == ["Picture", "Name", "Class", "Confidence"]
    assert table["Name"][8] == f"{JOINER}=cmd7.png" and table["Picture"][8].startswith("data:image/jpeg")
    assert [box.label for box in at.expander][-1] == "1 could not be read"
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


def test_two_models_in_the_table(home: Path, empty: Open, asleep: None) -> None:
    batch = filled(home, FROZEN, TUNED)
    at = empty("predict", run=FROZEN, batch=batch.id)
    assert not at.exception and "They agree on 49 of 59 (83.1 %)." in words(at)
    at.toggle(key=f"differ_{batch.id}").set_value(True).run()
    table = at.dataframe[0].value
    assert len(table) == 10 and all(table["Class A"] != table["Class B"])


def test_what_is_taken_away_holds_no_formula(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(home))
    batch = filled(home, FROZEN)
    content = batch_table.as_csv(batch, batch_rows.items(batch), batch_rows.answer_columns(batch)).decode(
        "utf-8-sig"
    )
    rows = list(csv.DictReader(io.StringIO(content)))
    assert len(rows) == 60 and rows[8]["name"] == "'=cmd7.png"
    assert (rows[0]["class"], rows[0]["reason"]) == ("", "It is text.")
    assert float(rows[1][f"chance of {CLASSES[0]}"]) == 0.5
    monkeypatch.setattr(batch_table, "MOST_CHANCES", 100)
    bare = batch_table.as_csv(batch, batch_rows.items(batch), batch_rows.answer_columns(batch)).decode(
        "utf-8-sig"
    )
    assert "second class" in bare and "chance of" not in bare


def test_without_an_address_earlier_batches_are_offered(home: Path, empty: Open, asleep: None) -> None:
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
def test_how_it_ended(home: Path, empty: Open, asleep: None, status: str, said: str) -> None:
    batch = filled(home, FROZEN)
    (batch.folder / "status.json").write_text(status)
    at = empty("predict", run=FROZEN, batch=batch.id)
    assert not at.exception and said in words(at) and at.dataframe


def test_one_that_was_cut_off_goes_on_by_itself(
    home: Path, empty: Open, asleep: None, monkeypatch: pytest.MonkeyPatch
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
    for count in (images.FEW, images.FEW + 1):
        path = Workspace().uploads / f"upload-{count}.zip"
        a_zip(path, [(f"{n}.jpg", jpeg(n)) for n in range(count)])
        images._take((run,), Received(path, "x.zip", count, None))
    assert begun == [images.FEW + 1]


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


def test_a_preview_is_decoded_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))
    seen = safe_preview.of(jpeg(1, (900, 700)))
    assert seen.encoded.startswith(b"\xff\xd8") and not seen.refused
    assert "not a picture" in safe_preview.of(b"Dear Sir,").refused
    noise = Image.effect_noise((300, 200), 60).convert("RGB")
    content = io.BytesIO()
    noise.save(content, "PNG")
    same = Image.open(io.BytesIO(safe_preview.exact_pixels(content.getvalue()).encoded))
    assert same.tobytes() == noise.tobytes(), "a model says the same of it"
    assert not list(Workspace().uploads.iterdir())


@pytest.mark.parametrize("jpeg", ["", "no base64!", "QUJD" * (webcam.MOST_BYTES // 4 + 1)])
def test_a_frame_that_is_none_of_ours_is_not_asked_about(jpeg: str) -> None:
    assert webcam.Frame(1, jpeg).content() == b""
    assert webcam.Frame(1, "QUJD").content() == b"ABC"
