"""Whole runs on texts, with MiniLM's real weights: the same commands, files and promises as for pictures."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.fixtures import KERAS
from tests.fixtures.finished_runs import copy_before, saved_weights
from tests.fixtures.models_in_memory import models_in_memory  # noqa: F401 (a fixture)
from tests.fixtures.short_minilm import LAYERS
from tests.fixtures.tiny_texts import NASTY
from tests.fixtures.tiny_training import Graft, Said, Trained, fit_no_folds, in_workspace, unread, with_recipe
from tlcore.config import RunConfig
from tlcore.config.training import FineTuningConfig, HeadConfig, TrainingConfig
from tlcore.data.samples.texts import make_text_sample
from tlcore.export.folder.files import bundle
from tlcore.graft.network import saved_model
from tlcore.graft.predict import latency
from tlcore.runs.metrics import epochs
from tlcore.runs.run import Run

TINY = RunConfig(
    head=HeadConfig(hidden=(16,), dropout=0.3),
    training=TrainingConfig(epochs=3, batch_size=8, patience=0),
    fine_tuning=FineTuningConfig(epochs=3, patience=0),
)

COLUMN = ("--text-column", "message")


def tiny(backbone: str, unfreeze: int | str = 0, **recipe: object) -> RunConfig:
    return with_recipe(TINY, backbone=backbone, unfreeze=unfreeze, **recipe)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """48 messages in four classes, beside a column of other texts. Only read it."""
    folder = tmp_path_factory.mktemp("texts")
    with make_text_sample(folder, per_class=12).open(encoding="utf-8", newline="") as file:
        rows = [
            (f"What is number {n} about?", row["text"], row["label"])
            for n, row in enumerate(csv.DictReader(file))
        ]
    with (folder / "table.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("question", "message", "label"), *rows])
    return folder / "table.csv"


@pytest.fixture
def texts(graft: Graft, fetched: Path) -> Graft:
    """The command line in an empty workspace, MiniLM at hand."""
    return graft


@pytest.fixture(scope="module")
def halves(
    tmp_path_factory: pytest.TempPathFactory, fetched: Path, table: Path, short_minilm: str
) -> tuple[Run, Run]:
    """A head, then a head with the last block, trained on one of the columns; and what a power cut in the
    second phase would have left of it. Only read the first."""
    home = tmp_path_factory.mktemp("tuned")
    whole, broken = Run(home / "whole"), Run(home / "broken")
    with pytest.MonkeyPatch.context() as patch, in_workspace(home, fetched, patch):
        patch.setattr(saved_model, "verify", unread)
        fit_no_folds(patch)
        copy_before(4, whole, broken, patch)  # the second epoch of fine-tuning
        config = tiny(short_minilm, 1, epochs=2)
        assert Graft(home).train(table, "whole", config, *COLUMN).code == 0
    return whole, broken


@pytest.fixture(scope="module")
def tuned(halves: tuple[Run, Run]) -> Run:
    return halves[0]


def test_a_table_becomes_a_model_that_answers(
    texts: Graft, trained_texts: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(trained_texts.home / "workspace"))
    run, table = trained_texts.run, trained_texts.data
    said = Said(0, (trained_texts.home / "said.json").read_text(), "")
    config = run.config()
    assert config.backbone == "minilm_l6" and config.engine == "keras"
    assert f"up to token {config.input_size}" in run.report().note
    assert config.input_size and config.input_size % 8 == 0 and config.input_size < 64
    assert said.json["accuracy"] >= 0.375 and said.json["n"] == 8  # by chance: a quarter

    again = texts.call("evaluate", run.folder, table, "--json")
    assert again.json["n"] == 8 and again.json["seen"] == 0, "the held-out ones of the data it knows"
    assert again.json["accuracy"] == said.json["accuracy"]

    one = tmp_path / "one.txt"
    one.write_text("When do you open on Sundays?", encoding="utf-8")
    answers = predicted(texts, run, one, table)
    assert len(answers) == 1 + 48 and answers[0]["path"] == str(one)
    with table.open(encoding="utf-8", newline="") as file:
        assert [answer["text"] for answer in answers[1:]] == [row["text"] for row in csv.DictReader(file)]

    target = tmp_path / "answers.csv"
    assert texts.call("predict", run.folder, table, "--csv", target).code == 0
    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 48 and rows[0]["text"] == answers[1]["text"]
    assert float(rows[0]["confidence"]) == pytest.approx(answers[1]["confidence"], abs=1e-5)


def predicted(texts: Graft, run: Run, *paths: Path) -> list[dict[str, Any]]:
    said = texts.call("predict", run.folder, *paths, "--json")
    return [msgspec.json.decode(line) for line in said.out.splitlines()]


def test_strange_texts_are_answered_at_home_as_they_are_here(
    texts: Graft, trained_texts: Trained, tmp_path: Path
) -> None:
    run, asked = trained_texts.run, ["Where is my parcel?", *NASTY.values()]
    files = [tmp_path / f"{number}.txt" for number in range(len(asked))]
    for file, text in zip(files, asked, strict=True):
        file.write_text(text, encoding="utf-8")
    ours = predicted(texts, run, *files)
    assert len(ours) == len(asked)
    assert all(sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-5) for answer in ours)

    with zipfile.ZipFile(bundle(run)) as archive:
        archive.extractall(tmp_path / "home")
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHONPATH", "GRAFT"))}
    words = [text for text in asked if "\0" not in text]  # which no command line can hold
    script = f"{KERAS}import runpy; runpy.run_path('predict.py', run_name='__main__')"
    command = [sys.executable, "-P", "-c", script, *words]
    done = subprocess.run(command, cwd=tmp_path / "home", env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    theirs = [msgspec.json.decode(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [row["text"] for row in theirs] == words
    for our, their in zip(
        (row for row, text in zip(ours, asked, strict=True) if text in words), theirs, strict=True
    ):
        assert their["label"] == our["label"]
        assert their["confidence"] == pytest.approx(our["confidence"], abs=1e-5)


def test_what_is_frozen_runs_once_and_only_the_rest_changes(tuned: Run, trained_texts: Trained) -> None:
    """The other run has trained its head alone, on the same backbone."""
    log = tuned.log.read_text()
    assert log.count("48 of 48 rows computed") == 2, "before the head, and before the last block"
    ours, theirs = saved_weights(tuned), saved_weights(trained_texts.run)
    backbone = {place for place in ours if not place.startswith("layers/dense")}  # all but the heads
    changed = {place for place in backbone if (ours[place] != theirs[place]).any()}
    assert changed and all(f"/transformer_encoder_{LAYERS - 1}/" in place for place in changed)


@pytest.mark.usefixtures("unverified", "without_cross_fit")
def test_broken_off_and_resumed_ends_like_never_broken_off(
    texts: Graft, halves: tuple[Run, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the features that are there. One that is killed: `test_pipeline.py`."""
    whole, run = halves
    monkeypatch.setenv("GRAFT_HOME", str(whole.folder.parent / "workspace"))
    assert not run.has_model
    said = texts.call("resume", run.folder, "--json")
    assert said.code == 0 and said.json["state"] == "done", said.err
    assert run.log.read_text().count("0 of 48 rows computed") == 2
    ours, theirs = saved_weights(run), saved_weights(whole)
    assert all((ours[place] == theirs[place]).all() for place in theirs)
    assert [row["epoch"] for row in epochs(run.rows()[0])] == list(range(1, 5))


def test_every_row_of_a_table_has_its_answer_or_its_reason(texts: Graft, tuned: Run, tmp_path: Path) -> None:
    """And the column that was chosen for training is the one that is read."""
    asked = ["question,message", "one,two", "three,", "four,five,six,seven", "eight,nine"]
    (tmp_path / "asked.csv").write_text("\n".join(asked), encoding="utf-8")
    answers = {
        answer["path"].split(", ")[1]: answer for answer in predicted(texts, tuned, tmp_path / "asked.csv")
    }
    assert set(answers) == {"row 2", "row 3", "row 4", "row 5"}
    assert [answers[f"row {n}"]["text"] for n in (2, 5)] == ["two", "nine"]
    assert answers["row 3"]["error"] == "The text is missing." and "4 cells" in answers["row 4"]["error"]


def test_a_text_is_timed(trained_texts: Trained) -> None:
    told = latency.measure(trained_texts.run)
    assert told.milliseconds > 0 and told.milliseconds_model > 0 and told.parameters > 5_000_000


def test_one_task_refuses_what_is_the_others(
    texts: Graft, table: Path, trained_texts: Trained, coloured: Path
) -> None:
    said = texts.call("train", table, "--out", texts.home / "a", "--backbone", "mobilenet_v2")
    assert said.code == 2 and "reads pictures, and this data set holds texts" in said.err
    said = texts.call("train", coloured, "--out", texts.home / "b", "--backbone", "minilm_l6")
    assert said.code == 2 and "reads texts, and this data set holds pictures" in said.err
    said = texts.call("evaluate", trained_texts.folder, coloured)
    assert said.code == 2 and "This model reads texts" in said.err
    picture = shutil.copy(next(coloured.rglob("*.png")), texts.home / "picture.png")
    said = texts.call("predict", trained_texts.folder, picture)
    assert said.code == 2 and "This is not a text" in said.err


def test_named_columns_win_over_the_guess(texts: Graft, tmp_path: Path) -> None:
    rows = [(f"words number {i} for the {kind}", f"other {i % 2}", kind) for i in range(12) for kind in "ab"]
    file = tmp_path / "table.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows([("message", "noise", "label"), *rows])
    said = texts.call("check", file, "--label-column", "noise", "--json").json
    assert said["table"]["label"] == "noise" and set(said["classes"]) == {"other 0", "other 1"}
    assert texts.call("check", file, "--json").json["table"]["label"] == "label"
    said = texts.call("check", file, "--text-column", "nothing")
    assert said.code == 2 and "There is no such column" in said.err
