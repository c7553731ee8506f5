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

from tlcore.commands.data import opened
from tlcore.data.manifest import Dataset, Example
from tlcore.data.splits import assign
from tlcore.errors import DataError
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # cells that a spreadsheet would execute


def evaluate(args: argparse.Namespace) -> dict[str, Any]:
    """Score a run on labelled pictures: the held-out ones where DATA has such, else all."""
    run = Run.existing(Path(args.run))
    labels = run.labels()
    with opened(Path(args.data), Workspace()) as dataset:
        split, examples = _to_score(run, dataset)
        known = [example for example in examples if example.label in labels]
        if not known:
            raise DataError(
                "None of these classes is known to the model.",
                received=", ".join(dataset.read().classes[:10]),
                remedy=f"Its classes are {', '.join(labels[:10])}.",
            )
        from tlcore.graft.answering import Answerer

        score = Answerer(run).score(dataset, known, split)
    strangers = Counter(example.label for example in examples if example.label not in labels)
    result = msgspec.to_builtins(score)
    return {key: value for key, value in result.items() if key != "predictions"} | {
        "unknown": dict(strangers)
    }


def _to_score(run: Run, dataset: Dataset) -> tuple[str, list[Example]]:
    """The data the run was trained on give their held-out test split; others their own, or all they have."""
    manifest = dataset.read()
    config = run.config()
    if dataset.folder == Path(config.data) or "test" in manifest.brought_splits():
        splits = assign(manifest, config.split)
        return "test", [e for e, split in zip(manifest.examples, splits, strict=True) if split == "test"]
    return "all", list(manifest.examples)


def predict(args: argparse.Namespace) -> None:
    """Answer for pictures: lines to read, JSON lines or a CSV file. `-` reads paths from stdin."""
    from tlcore.graft.answering import Answerer

    answerer = Answerer(Run.existing(Path(args.run)))
    answerer.warm_up()
    if args.paths == ["-"]:
        print(json.dumps({"ready": True}), flush=True)
    answers = (answerer.answer(path) for path in _paths(args.paths))
    if args.csv:
        _write_csv(Path(args.csv), answerer.labels, answers)
        return
    for answer in answers:
        print(json.dumps(answer) if args.json or args.paths == ["-"] else _line(answer), flush=True)


def _paths(given: list[str]) -> Iterator[Path]:
    for name in (line.rstrip("\n") for line in sys.stdin) if given == ["-"] else given:
        path = Path(name)
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
        else:
            yield path


def _line(answer: dict[str, Any]) -> str:
    if "error" in answer:
        return f"{answer['path']}: {answer['error']}"
    return f"{answer['path']}: {answer['label']} ({answer['confidence']:.1%})"


def _write_csv(target: Path, labels: tuple[str, ...], answers: Iterable[dict[str, Any]]) -> None:
    with target.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["path", "label", "confidence", *map(_neutral, labels), "error"])
        for answer in answers:
            chances = answer.get("probabilities", {})
            table.writerow(
                [
                    _neutral(answer["path"]),
                    _neutral(answer.get("label", "")),
                    answer.get("confidence", ""),
                    *(chances.get(label, "") for label in labels),
                    _neutral(answer.get("error", "")),
                ]
            )


def _neutral(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
