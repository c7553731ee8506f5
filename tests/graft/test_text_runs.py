"""Whole runs on texts, with MiniLM's real weights: the same commands, files and promises as for pictures."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from tests.fixtures.tiny_texts import NASTY
from tests.fixtures.tiny_training import Graft, Said, Trained, in_workspace, with_recipe
from tlcore.config import RunConfig
from tlcore.config.training import FineTuningConfig, HeadConfig, TrainingConfig
from tlcore.data.samples.texts import make_text_sample
from tlcore.export.take_home import bundle
from tlcore.graft.network import saved_model
from tlcore.graft.predict import latency
from tlcore.runs.metrics import epochs, steps
from tlcore.runs.run import Run

TINY = RunConfig(
    head=HeadConfig(hidden=(16,), dropout=0.3),
    training=TrainingConfig(epochs=3, batch_size=8, patience=0),
    fine_tuning=FineTuningConfig(epochs=3, patience=0),
)


def tiny(backbone: str, unfreeze: int | str = 0, **recipe: object) -> RunConfig:
    return with_recipe(TINY, backbone=backbone, unfreeze=unfreeze, **recipe)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """48 texts in four classes. Only read it."""
    return make_text_sample(tmp_path_factory.mktemp("texts"), per_class=12)


@pytest.fixture
def texts(graft: Graft, fetched: Path) -> Graft:
    """The command line in an empty workspace, MiniLM at hand."""
    return graft


@dataclass(frozen=True)
class Finished:
    """Finished runs of one workspace by how many blocks are unfrozen, and that workspace. Only read them."""

    home: Path
    runs: dict[int, Run]


@pytest.fixture(scope="module")
def finished(
    tmp_path_factory: pytest.TempPathFactory, fetched: Path, table: Path, short_minilm: str
) -> Finished:
    """The head alone, then a head with the last block; trained one after the other in this process."""
    home = tmp_path_factory.mktemp("finished")
    runs = {}
    with pytest.MonkeyPatch.context() as patch, in_workspace(home, fetched, patch):
        for unfreeze in (0, 1):
            assert Graft(home).train(table, f"{unfreeze}", tiny(short_minilm, unfreeze)).code == 0
            runs[unfreeze] = Run(home / f"{unfreeze}")
    return Finished(home / "workspace", runs)


def weights(run: Run) -> dict[str, np.ndarray]:
    return {weight.path: np.asarray(weight) for weight in saved_model.load(run.model).weights}


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


def test_it_answers_at_home_as_it_does_here(texts: Graft, trained_texts: Trained, tmp_path: Path) -> None:
    run = trained_texts.run
    first = predicted(texts, run, trained_texts.data)[0]
    with zipfile.ZipFile(bundle(run)) as archive:
        archive.extractall(tmp_path / "home")
    asked = ["Where is my parcel?", "خدمة رائعة", first["text"]]
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHONPATH", "GRAFT"))}
    command = [sys.executable, "-P", "predict.py", *asked]
    done = subprocess.run(command, cwd=tmp_path / "home", env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    theirs = [msgspec.json.decode(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [row["text"] for row in theirs] == asked
    assert theirs[2]["label"] == first["label"]
    assert theirs[2]["confidence"] == pytest.approx(first["confidence"], abs=1e-5)


def test_what_is_frozen_runs_once_and_only_the_rest_changes(
    texts: Graft, table: Path, finished: Finished, short_minilm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(finished.home))
    assert texts.train(table, "two", tiny(short_minilm, 2, epochs=1, learning_rate=1e-3)).code == 0
    head, two = finished.runs[0], Run(texts.home / "two")
    assert "48 of 48 rows computed" in head.log.read_text()
    assert "0 of 48 rows computed" in two.log.read_text(), "its head sees what another run's head saw"
    before, after = weights(head), weights(two)
    changed = {path for path in before if (before[path] != after[path]).any()}
    layers = {path for path in changed if "transformer_layer" in path}
    assert layers and all("layer_1" in path or "layer_2" in path for path in layers)
    assert all(path in layers or path.startswith(("head_", "logits")) for path in changed)


@pytest.mark.parametrize("unfreeze", [0, 1])
def test_cached_or_not_comes_to_the_same(
    texts: Graft, table: Path, finished: Finished, short_minilm: str, unfreeze: int
) -> None:
    config = msgspec.structs.replace(tiny(short_minilm, unfreeze), cache=False)
    assert texts.train(table, "live", config).code == 0
    cached, live = finished.runs[unfreeze], Run(texts.home / "live")
    first = [steps(run.rows()[0])[0]["loss"] for run in (cached, live)]
    assert first[0] == pytest.approx(first[1], abs=1e-5)
    batch = np.array(["Where is my parcel?", "Thank you!"], dtype=object)
    answers = [np.asarray(saved_model.load(run.model)(batch, training=False)) for run in (cached, live)]
    assert answers[0] == pytest.approx(answers[1], abs=0.03)


def test_killed_for_real_and_resumed_ends_like_never_killed(
    texts: Graft, table: Path, finished: Finished, short_minilm: str
) -> None:
    child = texts.spawn(*texts.train_command(table, "killed", tiny(short_minilm, 1)))
    run = Run(texts.home / "killed")
    deadline = time.monotonic() + 240
    while not (run.checkpoints / "fine-tuning" / "epoch-000001.npz").exists():
        assert child.poll() is None and time.monotonic() < deadline, child.communicate()
        time.sleep(0.005)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    said = texts.call("resume", run.folder, "--json")
    assert said.code == 0 and said.json["state"] == "done", said.err
    ours, theirs = weights(run), weights(finished.runs[1])
    assert all((ours[path] == theirs[path]).all() for path in theirs)
    assert [row["epoch"] for row in epochs(run.rows()[0])] == list(range(1, 7))


def test_every_row_of_a_table_has_its_answer_or_its_reason(
    texts: Graft, tmp_path: Path, short_minilm: str
) -> None:
    """And the column that was chosen for training is the one that is read."""
    lines = [
        f"what is number {n}?,{'yes' if n % 2 else 'no'} that is number {n},{'ab'[n % 2]}" for n in range(40)
    ]
    (tmp_path / "table.csv").write_text("\n".join(["question,reply,label", *lines]), encoding="utf-8")
    config = texts.train_command(tmp_path / "table.csv", "run", tiny(short_minilm, epochs=1))
    said = texts.call(*config, "--text-column", "reply")
    assert said.code == 0, said.err
    asked = ["question,reply", "one,two", "three,", "four,five,six,seven", "eight,nine"]
    (tmp_path / "asked.csv").write_text("\n".join(asked), encoding="utf-8")
    said = texts.call("predict", texts.home / "run", tmp_path / "asked.csv", "--json")
    answers = {a["path"].split(", ")[1]: a for a in map(msgspec.json.decode, said.out.splitlines())}
    assert set(answers) == {"row 2", "row 3", "row 4", "row 5"}
    assert [answers[f"row {n}"]["text"] for n in (2, 5)] == ["two", "nine"]
    assert answers["row 3"]["error"] == "The text is missing." and "4 cells" in answers["row 4"]["error"]


def test_a_text_is_timed(trained_texts: Trained) -> None:
    told = latency.measure(trained_texts.run)
    assert told.milliseconds > 0 and told.milliseconds_model > 0 and told.parameters > 22_000_000


def test_strange_texts_are_answered(texts: Graft, trained_texts: Trained, tmp_path: Path) -> None:
    for number, text in enumerate(NASTY.values()):
        (tmp_path / f"{number}.txt").write_text(text, encoding="utf-8")
    files = [tmp_path / f"{number}.txt" for number in range(len(NASTY))]
    said = texts.call("predict", trained_texts.folder, *files, "--json")
    answers = [msgspec.json.decode(line) for line in said.out.splitlines()]
    assert said.code == 0 and len(answers) == len(NASTY)
    assert all(sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-5) for answer in answers)


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
