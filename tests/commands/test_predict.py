"""`evaluate` and `predict` on one finished run."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from tests.fixtures.tiny_training import Graft, Trained, draw, small
from tlcore.runs.question import Question
from tlcore.runs.run import Run


def test_the_training_data_are_scored_on_what_was_held_out(graft: Graft, trained: Trained) -> None:
    said = graft.call("evaluate", trained.folder, trained.run.config().data, "--json")
    assert said.code == 0, said.err
    report = trained.run.report()
    assert (said.json["split"], said.json["n"]) == ("test", report.test.n)
    assert said.json["accuracy"] == report.test.accuracy
    assert said.json["confusion"] == [list(row) for row in report.test.confusion]
    assert said.json["macro"]["f1"] == report.test.macro.f1
    assert not {"predictions", "curves"} & set(said.json) and said.json["unknown"] == {}


def test_a_folder_with_a_test_part_is_scored_on_that_alone(graft: Graft, trained: Trained) -> None:
    for part, count in (("train", 3), ("test", 2)):
        for label in ("blue", "amber"):
            target = graft.home / "parts" / part / label
            target.mkdir(parents=True)
            for i in range(count):
                shutil.copy(trained.path(label, i + 4), target / f"{part}{i}.png")
    said = graft.call("evaluate", trained.folder, graft.home / "parts", "--json")
    assert (said.json["split"], said.json["n"]) == ("test", 4)
    shutil.rmtree(graft.home / "parts" / "train")
    said = graft.call("evaluate", trained.folder, graft.home / "parts", "--json")
    assert (said.json["split"], said.json["n"]) == ("test", 4)
    assert not any((graft.home / "workspace" / "datasets").iterdir())  # a look leaves nothing
    assert not any((graft.home / "workspace" / "cache").glob("look-*"))


def test_labels_match_by_name_and_strangers_are_counted(graft: Graft, trained: Trained) -> None:
    data = draw(graft.home / "zoo", per_class=2, classes=("röd", "zebra"))
    shutil.rmtree(data / "röd")
    shutil.copytree(trained.data / "röd", data / "röd")
    said = graft.call("evaluate", trained.folder, data, "--json")
    assert (said.json["split"], said.json["n"], said.json["unknown"]) == ("all", 10, {"zebra": 2})
    assert said.json["labels"] == ["amber", "blue", "röd"]
    assert [row["n"] for row in said.json["per_class"]] == [0, 0, 10]
    shutil.rmtree(data / "röd")
    said = graft.call("evaluate", trained.folder, data)
    assert said.code == 2 and "None of these classes" in said.err and "amber" in said.err


def test_answers_come_one_a_line(graft: Graft, trained: Trained) -> None:
    (graft.home / "no.png").write_bytes(b"nothing")
    paths = [trained.path("blue"), trained.path("röd"), graft.home / "no.png"]
    said = graft.call("predict", trained.folder, *paths, "--json")
    first, second, third = [json.loads(line) for line in said.out.splitlines()]
    assert said.code == 0 and [first["path"], second["path"]] == [str(path) for path in paths[:2]]
    assert list(first["probabilities"].values()) == sorted(first["probabilities"].values(), reverse=True)
    assert set(first["probabilities"]) == {"amber", "blue", "röd"}
    assert first["confidence"] == first["probabilities"][first["label"]]
    assert set(third) == {"path", "error"}
    said = graft.call("predict", trained.folder, *paths)
    assert "%" in said.out.splitlines()[0] and str(paths[2]) in said.out.splitlines()[2]


def test_a_table_that_no_spreadsheet_executes(
    graft: Graft, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(graft.home)
    folder = Path("=cmd|calc")
    folder.mkdir()
    shutil.copy(trained.path("blue"), folder / "a.png")
    (folder / "ö.png").write_bytes(b"x")
    (folder / ".hidden").write_bytes(b"x")
    said = graft.call("predict", trained.folder, folder, "--csv", "out.csv", "--json")
    assert said.json == {"csv": "out.csv", "n": 2}
    rows = list(csv.DictReader(Path("out.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["name"] for row in rows] == ["'=cmd|calc/a.png", "'=cmd|calc/ö.png"]
    assert list(rows[0])[:4] == ["name", "class", "confidence", "verdict"]
    assert list(rows[0])[-4:] == ["chance of amber", "chance of blue", "chance of röd", "reason"]
    chance = float(rows[0][f"chance of {rows[0]['class']}"])
    assert chance == pytest.approx(float(rows[0]["confidence"]), abs=1e-6)
    assert rows[0]["verdict"] in ("answered", "unknown") and float(rows[0]["milliseconds"]) > 0
    assert rows[1]["class"] == rows[1]["verdict"] == "" and rows[1]["reason"]


def test_a_conversation_has_one_answer_for_each_line_and_takes_questions(
    graft: Graft, trained: Trained
) -> None:
    """In a process of its own, which proves besides that the file answers as in training."""
    held = trained.run.report().test.predictions
    path = shutil.copy(trained.path("blue"), graft.home / "{odd}.png")
    questions = [Question(Path(path)).line(), Question(Path(path), True, "amber").line()]
    lines = [*(trained.data / prediction.name for prediction in held), "", "/", "nö", path, *questions]
    said = graft.child("predict", trained.folder, "-", sent="\n".join(map(str, lines)))
    ready, *answers = [json.loads(line) for line in said.out.splitlines()]
    assert (said.code, said.err) == (0, "") and ready == {"ready": True}
    assert len(answers) == len(lines)
    for prediction, answer in zip(held, answers, strict=False):
        assert answer["label"] == prediction.predicted
        assert answer["confidence"] == pytest.approx(prediction.confidence, abs=1e-4)
    assert all(set(line) == {"path", "error"} for line in answers[-6:-3])
    plain, asked, reasoned = answers[-3:]
    assert plain == asked and plain["path"] == str(path)
    assert len(plain["nearest"]) == 5 and set(plain["nearest"][0]) == {"sha256", "label", "similarity"}
    assert plain["nearest"][0]["label"] == "blue" and 0 <= plain["distance"] <= 2
    assert reasoned["label"] == plain["label"] and reasoned["why"]["label"] == "amber"
    assert all(0 <= heat <= 1 for row in reasoned["why"]["heat"] for heat in row)


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_mistakes_are_said_before_tensorflow_is_loaded(graft: Graft, trained: Trained, command: str) -> None:
    unfinished = Run.prepare(graft.home / "run", small())
    for run, what, words in (
        (graft.home / "none", trained.data, "no run in that folder"),
        (unfinished.folder, trained.data, "no model yet"),
        (trained.folder, graft.home / "missing", "nothing at that path"),
    ):
        said = graft.call(command, run, what)
        assert (said.code, said.out) == (2, "") and words in said.err and said.err.count("\n") == 1


def test_a_table_that_cannot_be_written_is_one_sentence(graft: Graft, trained: Trained) -> None:
    said = graft.call("predict", trained.folder, trained.path("blue"), "--csv", graft.home / "no" / "x.csv")
    assert said.code == 2 and "no folder to write" in said.err
