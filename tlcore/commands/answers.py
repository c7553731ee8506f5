"""`evaluate` and `predict`: what a finished run answers."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from tlcore import system
from tlcore.backbones import catalogue
from tlcore.commands.data import columns_of, existing, opened
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example
from tlcore.data.tables.cells import neutral
from tlcore.data.words import WORDS
from tlcore.errors import DataError, GraftError, printable
from tlcore.runs.placement import placed, placement
from tlcore.runs.run import Run
from tlcore.workspace import Workspace


def evaluate(args: argparse.Namespace) -> dict[str, Any]:
    """Score a run on labelled examples: the held-out ones where DATA has such, else all.

    `seen` counts those that the run trained on, where that can be told: they flatter the score.
    """
    run = Run.existing(Path(args.run))
    run.require_model()
    labels = run.labels()
    with opened(Path(args.data), Workspace(), columns_of(args)) as dataset:
        _check_task(run, dataset)
        split, examples = _to_score(run, dataset)
        known = [example for example in examples if example.label in labels]
        if not known:
            raise DataError(
                "None of these classes is known to the model.",
                received=", ".join(dataset.read().classes[:10]),
                remedy=f"Its classes are {printable(', '.join(labels[:10]))}.",
            )
        with system.stderr_to():
            from tlcore.graft.answering import Answerer

        score = Answerer(run).score(dataset, known, split)
    strangers = Counter(example.label for example in examples if example.label not in labels)
    result = msgspec.to_builtins(score)
    return {key: value for key, value in result.items() if key != "predictions"} | {
        "unknown": dict(strangers),
        "seen": _seen(run, known),
    }


def _check_task(run: Run, dataset: Dataset) -> None:
    """Refuse texts for a model of pictures, and the reverse."""
    mine, theirs = catalogue.task_of(run.config().backbone), dataset.read().task
    if mine != theirs:
        raise DataError(
            f"This model reads {WORDS[mine].many}, and there are {WORDS[theirs].many} in it.",
            received=dataset.read().name,
            remedy=f"Give {WORDS[mine].container}.",
        )


def _seen(run: Run, examples: list[Example]) -> int | None:
    """How many of the examples the run learned or chose its best epoch from; None when its data are gone."""
    try:
        places = placed(run.config())
    except GraftError:
        return None
    return sum(places.get(example.sha256) in ("train", "validation") for example in examples)


def _to_score(run: Run, dataset: Dataset) -> tuple[str, list[Example]]:
    """The data the run was trained on give their held-out test split; others their own, or all they have."""
    manifest = dataset.read()
    config = run.config()
    if "test" in manifest.brought_splits():
        return "test", [example for example in manifest.examples if example.split == "test"]
    if dataset.folder == Path(config.data):
        splits = placement(config, manifest)
        return "test", [e for e, split in zip(manifest.examples, splits, strict=True) if split == "test"]
    return "all", list(manifest.examples)


def predict(args: argparse.Namespace) -> dict[str, Any] | None:
    """Answer for pictures or texts: lines to read, JSON lines or a CSV file.

    `-` holds a conversation: a line of JSON when ready, then one for each line of standard input, a path.
    """
    run = Run.existing(Path(args.run))
    run.require_model()
    talking = args.paths == ["-"]
    paths = _asked() if talking else _found(args.paths)
    with system.stderr_to():
        from tlcore.graft.answering import Answerer

    answerer = Answerer(run)
    answerer.warm_up()
    if talking:
        print(json.dumps({"ready": True}), flush=True)
    answers: Iterable[dict[str, Any]] = (answerer.answer(path) for path in paths)
    if not talking:
        many = WORDS[catalogue.task_of(run.config().backbone)].many
        answers = _counted((answer for path in paths for answer in answerer.answers(path)), many)
    if args.csv:
        return {"csv": args.csv, "n": _write_csv(Path(args.csv), answerer.labels, answers)}
    for answer in answers:
        print(json.dumps(answer) if args.json or talking else _line(answer), flush=True)
    return None


def _counted(answers: Iterable[dict[str, Any]], many: str) -> Iterator[dict[str, Any]]:
    """The answers as they come.

    Args:
        many: what the model reads.

    Raises:
        DataError: at the end, when there was not one of them in the files.
    """
    problem, answered = "", 0
    for answer in answers:
        problem = problem or answer.get("error", "")
        answered += "error" not in answer
        yield answer
    if not answered:
        raise DataError(f"There are no {many} that can be read. {problem}".strip())


def _asked() -> Iterator[Path]:
    """A path for each line of standard input, as they come."""
    return (Path(line.rstrip("\r\n")) for line in sys.stdin)


def _found(names: list[str]) -> Iterator[Path]:
    """The files that are meant: folders stand for all files in them.

    Raises:
        DataError: one of the names is not there.
    """
    for name in names:
        existing(Path(name))
    return _files_of(Path(name) for name in names)


def _files_of(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
        else:
            yield path


def _line(answer: dict[str, Any]) -> str:
    path = printable(answer["path"], 4000)  # a file's name may hold what steers a terminal
    if "error" in answer:
        return f"{path}: {answer['error']}"
    return f"{path}: {printable(answer['label'])} ({answer['confidence']:.1%})"


def _write_csv(target: Path, labels: tuple[str, ...], answers: Iterable[dict[str, Any]]) -> int:
    """Write the table, with the texts where texts were answered; returns the number of its rows."""
    rows = 0
    heads: tuple[str, ...] = ("path",)
    with target.open("w", newline="", encoding="utf-8", errors="replace") as file:
        table = csv.writer(file)
        for answer in answers:
            if not rows:
                heads = ("path", "text") if "text" in answer else heads
                table.writerow([*heads, "label", "confidence", *map(neutral, labels), "error"])
            rows += 1
            chances = answer.get("probabilities", {})
            table.writerow(
                [
                    *(neutral(answer.get(head, "")) for head in heads),
                    neutral(answer.get("label", "")),
                    answer.get("confidence", ""),
                    *(chances.get(label, "") for label in labels),
                    neutral(answer.get("error", "")),
                ]
            )
    return rows
