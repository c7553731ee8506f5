"""Predict, as far as it goes without a model's answer; the rest is in tests/journey."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.components.browser.upload.upload import Received
from pages.components.predict.batch import jobs
from pages.components.shared.answers import predictors, webcam
from pages.components.shared.answers.panels import panel as panel_of
from pages.components.shared.class_colours import PAIRS
from pages.components.shared.viewers import safe_preview
from tests.data.conftest import jpeg
from tests.fixtures.image_workspace import Furnished
from tests.fixtures.many_runs import FROZEN, OTHER, TUNED
from tests.fixtures.text_workspace import Written
from tests.pages.conftest import Open, components, primary, words
from tests.pages.predict.conftest import Fix, panels
from tlcore import processes
from tlcore.errors import RunError
from tlcore.evaluate import confidence_threshold
from tlcore.evaluate.confidence_threshold import ConfidenceThreshold
from tlcore.runs.batches.batch import BatchRequest
from tlcore.runs.job import Status
from tlcore.runs.workers import live_model
from tlcore.workspace import Workspace

wake = predictors.wake  # what pages call here is `woken`


def test_empty(empty: Open) -> None:
    at = empty("predict")
    assert not at.exception
    assert primary(at) == ["Begin with a sample or your data"]
    assert "You have no finished model yet" in words(at)


def test_full(full: Open, furnished: Furnished, woken: list[str]) -> None:
    at = full("predict", run=furnished.run.id)
    assert not at.exception and not at.error
    assert woken == [furnished.run.id]
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
    wake(run)  # nothing to wake
    with live_model.serve(run, lambda question: {"path": str(question.path), "label": "blue"}):
        assert predictors.ask(run, tmp_path / "röd.png")["path"] == str(tmp_path / "röd.png")
    with pytest.raises(RunError, match="cannot answer"):
        predictors.ask(run, tmp_path / "röd.png")
    with pytest.raises(RunError, match="still being checked"):
        jobs.begin((run,), Received(tmp_path / "many.zip", "many.zip", 1, None))


def ask(at: AppTest, text: str) -> AppTest:
    at.text_area(key="text").set_value(text)
    return next(button for button in at.button if button.label == "Ask").click().run()


def test_verdicts(written: Written, tmp_path: Path, empty: Open, fixed: Fix) -> None:
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
    written: Written, tmp_path: Path, empty: Open, fixed: Fix
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


def test_another_model_beside_it(home: Path, empty: Open) -> None:
    at = empty("predict", run=FROZEN)
    assert not at.exception
    (box,) = [box for box in at.selectbox if box.label == "Compare with"]
    assert box.value is None and len(box.options) == 2
    box.select(TUNED).run()
    assert at.query_params["beside"] == TUNED
    at = empty("predict", run=FROZEN, beside=OTHER)
    (box,) = [box for box in at.selectbox if box.label == "Compare with"]
    assert box.value == OTHER and not at.exception


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
