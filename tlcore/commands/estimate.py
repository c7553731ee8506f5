"""`estimate`: what a first model would get with so many examples of each class, from features that are there.

The slider of the Data page holds a conversation with it; `prepare` makes the features.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import queue
import sys
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from tlcore.commands.shared.paths import own_path
from tlcore.errors import ConfigError, RunError
from tlcore.evaluate.estimate import estimate, record
from tlcore.evaluate.estimate.amount import AmountTrials
from tlcore.evaluate.folds import stratified_folds
from tlcore.heads.solved_head import PENALTIES, USUAL
from tlcore.runs.preparation import Preparation

IDLE_SECONDS = 600.0  # without a question, after which a conversation ends by itself


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder of a preparation, and the numbers of examples."""
    parser.add_argument("estimate", type=own_path, help="the folder of `prepare --out`")
    parser.add_argument(
        "sizes", nargs="+", metavar="N", help="examples of each class; - reads them, line by line"
    )


def run(args: argparse.Namespace) -> dict[str, Any] | None:
    """A score for each number, as a list or line by line."""
    trials = open_trials(Preparation(Path(args.estimate).absolute()))
    score = cache(lambda each: msgspec.to_builtins(trials.score(each)))  # several pages may ask for the same
    if args.sizes != ["-"]:
        return {"scores": [score(_size(size)) for size in args.sizes]}
    print(json.dumps({"ready": True}), flush=True)
    for line in _questions():
        try:
            answer = score(_size(line))
        except ConfigError as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)
    return None


def open_trials(job: Preparation) -> AmountTrials:
    """The examples of a preparation with their features.

    Raises:
        GraftError: it is not finished, or its features or its data are gone.
    """
    found = record.read(job.folder)
    if found is None or not found.n:
        raise RunError(
            "There is no estimate in that folder.", received=job.folder, remedy="Prepare it first."
        )
    config = job.config()
    examples = estimate.labelled_examples(job.manifest(), config)
    stored = record.ExampleFeatures.load(job.folder)
    features = stored.of(examples.sha256) if stored else None
    if features is None:
        remedy = "Prepare the data once more."
        raise RunError("The features of that estimate are gone.", received=job.folder, remedy=remedy)
    return AmountTrials(
        features=features,
        labels=examples.labels,
        folds=stratified_folds(examples.labels, examples.groups, config.seed),
        groups=examples.groups,
        classes=len(examples.classes),
        penalty=found.penalty if found.passes else float(PENALTIES[USUAL]),
        passes=found.passes or config.training.epochs,
        seed=config.seed,
    )


def _size(line: str) -> int:
    with contextlib.suppress(ValueError):
        if int(line) >= 1:
            return int(line)
    raise ConfigError("A number of examples is 1 or more.", received=line.strip())


def _questions() -> Iterator[str]:
    """The lines of standard input, until it closes or none has come for a while."""
    lines: queue.Queue[str] = queue.Queue()

    def read() -> None:
        for line in sys.stdin:
            lines.put(line)
        lines.put("")

    threading.Thread(target=read, daemon=True).start()
    with contextlib.suppress(queue.Empty):
        while line := lines.get(timeout=IDLE_SECONDS):
            yield line


def render(result: dict[str, Any]) -> str:
    """A line for each number."""
    return "\n".join(
        f"{one['each']:>6,} of each class: {one['accuracy']:.1%} right "
        f"({one['interval'][0]:.0%} to {one['interval'][1]:.0%})"
        for one in result["scores"]
    )
