"""`predict`: what a finished run answers."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from tlcore import system
from tlcore.commands.shared.datasets import existing_path, say_left_out
from tlcore.commands.shared.lines import key_value_lines
from tlcore.commands.shared.paths import add_output, open_output, own_path, path
from tlcore.data.batch_inputs.texts import CHUNK
from tlcore.data.files.open_source import walk
from tlcore.data.files.own_folders import OWN_FOLDER
from tlcore.data.manifest import Task
from tlcore.errors import DataError, printable
from tlcore.runs.batches import csv_table
from tlcore.runs.batches.row_formats import FORMATS
from tlcore.runs.question import Question
from tlcore.runs.run import Run

render = key_value_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run, the files, and a table for the answers."""
    parser.add_argument("run", type=own_path)
    parser.add_argument(
        "paths", type=path, nargs="+", help="files or folders; - reads paths from standard input"
    )
    add_output(parser, "--csv", "write a table to this file")


def run(args: argparse.Namespace) -> dict[str, Any] | None:
    """Answer for pictures or texts: lines to read, JSON lines or a CSV file.

    `-` holds a conversation: a line of JSON when ready, then one for each line of standard input, a path or
    a question in JSON (`tlcore/runs/question.py`).
    """
    run = Run.existing(Path(args.run))
    run.require_model()
    if args.paths == ["-"]:
        _converse(run)
        return None
    paths = _found(args.paths)
    with system.stderr_to():
        from tlcore.graft.predict.predictor import load

    answerer = load(run)
    answerer.warm_up()
    answers = _counted(answerer.stream(paths), run.words.many)
    if args.csv:
        form = FORMATS[run.task]
        rows = (form.row_of(answer["path"], [answer]) for answer in _timed(answers, run.task))
        with open_output(Path(args.csv), args.force) as file:
            count = form.write_csv(rows, [csv_table.table_model(run)], file)
        return {"csv": args.csv, "n": count}
    for answer in answers:
        answer.pop("map", None)  # for pages, which draw it
        print(json.dumps(answer) if args.json else _line(answer), flush=True)
    return None


def _converse(run: Run) -> None:
    """A line of JSON when ready, then one for each question that is read."""
    with system.stderr_to():
        from tlcore.explain.why import Why
        from tlcore.graft.predict.predictor import load

    answerer = load(run)
    answerer.warm_up()
    asked = Why(answerer)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(asked.answer(Question.read(line))), flush=True)


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


def _found(names: list[str]) -> Iterator[Path]:
    """The files that are meant: folders stand for all files in them.

    Raises:
        DataError: one of the names is not there.
    """
    for name in names:
        existing_path(Path(name))
    return _files_of(Path(name) for name in names)


def _files_of(paths: Iterable[Path]) -> Iterator[Path]:
    for one in paths:
        if one.is_dir():
            files = walk(one, _say_skipped)
            yield from sorted(file for file in files if file.is_file() and not file.name.startswith("."))
        else:
            yield one


def _say_skipped(folder: str, reason: str) -> None:
    if reason == OWN_FOLDER:
        say_left_out([folder])


def _line(answer: dict[str, Any]) -> str:
    path = printable(answer["path"], 4000)  # a file's name may hold what steers a terminal
    if "error" in answer:
        return f"{path}: {answer['error']}"
    if "boxes" in answer:
        counts = Counter(box["label"] for box in answer["boxes"])
        return f"{path}: {', '.join(f'{n} {printable(label)}' for label, n in counts.items()) or 'nothing'}"
    if "areas" in answer:
        return f"{path}: {', '.join(f'{share:.1%} {printable(la)}' for la, share in answer['areas'].items())}"
    return f"{path}: {printable(answer['label'])} ({answer['confidence']:.1%})"


def _timed(answers: Iterator[dict[str, Any]], task: Task) -> Iterator[dict[str, Any]]:
    """The answers with the `milliseconds` that each took: pictures one by one, texts as they go together."""
    together = CHUNK if task == "texts" else 1
    while True:
        began = time.perf_counter()
        some = list(islice(answers, together))
        if not some:
            return
        each = 1000 * (time.perf_counter() - began) / len(some)
        yield from (answer | {"milliseconds": each} for answer in some)
