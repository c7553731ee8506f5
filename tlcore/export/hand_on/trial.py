"""The trial of a model from somebody else: before it is a run, a fresh process loads it and answers.

The process is `python -m tlcore predict` (safe mode, as always), with bounded memory and time. Where the
examples of the run's test are on this computer, the answers have to be those of its report.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from PIL import Image

from tlcore.config.task import INPUTS
from tlcore.data.dataset import Dataset
from tlcore.data.text_store import read_texts, texts_file
from tlcore.errors import RunError
from tlcore.evaluate.report import Prediction
from tlcore.export.hand_on import bounded_child
from tlcore.records import JsonType, MalformedJson
from tlcore.runs.run import Run
from tlcore.runs.workers.local_backend import command

MOST = 32  # examples that are asked about
TOLERANCE = 0.02  # of a chance: another processor rounds in another way
BROKEN = "The model in this file does not answer. It may be damaged, or made to do harm."


class TrialAnswer(msgspec.Struct):
    """The part of an answer that is looked at; `probabilities` where it has any."""

    probabilities: dict[str, float] = {}
    error: str = ""


_ANSWER = JsonType(TrialAnswer)


def try_model(run: Run, dataset: Dataset, stopping: Callable[[], bool]) -> int:
    """Ask the model of `run`, and compare with its report where the examples are there.

    Args:
        dataset: the run's data, as far as they are on this computer.

    Returns:
        the number of answers that were compared.

    Raises:
        RunError: it does not answer, or otherwise than its report says.
        OpeningStopped: `stopping` said so.
    """
    with tempfile.TemporaryDirectory(dir=run.folder.parent) as folder:
        examples, paths = _known(run, dataset, Path(folder))
        if not examples:
            paths = [_something(run, Path(folder))]
        answers = ask(run, paths, stopping)
    if len(answers) != len(paths) or any(answer.error for answer in answers):
        raise RunError(BROKEN, received=next((one.error for one in answers if one.error), None))
    other = sum(itertools.starmap(_differs, zip(examples, answers, strict=False)))  # no examples: no report
    if other:
        raise RunError(
            f"The model answers {other} of {len(examples)} test examples otherwise than its report says.",
            remedy="Do not use this file.",
        )
    return len(examples)


def _differs(reported: Prediction, answer: TrialAnswer) -> bool:
    """Tell whether the model gives the reported class another chance than its report."""
    return abs(answer.probabilities.get(reported.predicted, 0.0) - reported.confidence) > TOLERANCE


def _known(run: Run, dataset: Dataset, folder: Path) -> tuple[Sequence[Prediction], list[Path]]:
    """Test examples that are on this computer, with the answers of the report, and their files."""
    predictions = run.report().test.predictions
    if run.task == "texts":
        texts = read_texts(dataset.folder) if texts_file(dataset.folder) else {}
        some = [one for one in predictions if texts.get(one.sha256)][:MOST]
        paths = [folder / f"{number}.txt" for number in range(len(some))]
        for path, one in zip(paths, some, strict=True):
            path.write_text(texts[one.sha256], encoding="utf-8")
        return some, paths
    some = [one for one in predictions if dataset.file(one.sha256).is_file()][:MOST]
    return some, [dataset.file(one.sha256) for one in some]


def _something(run: Run, folder: Path) -> Path:
    """Any example: a grey picture, or a word."""
    if INPUTS[run.task] == "texts":
        path = folder / "text.txt"
        path.write_text("Hello.", encoding="utf-8")
    else:
        path = folder / "grey.png"
        Image.new("RGB", (64, 64), (128, 128, 128)).save(path)
    return path


def ask(run: Run, paths: Sequence[Path], stopping: Callable[[], bool]) -> list[TrialAnswer]:
    """The answers of `python -m tlcore predict`.

    Raises:
        RunError: it failed, took too long or said something else.
        OpeningStopped: `stopping` said so.
    """
    words = command(["predict", str(run.folder), *map(str, paths), "--json"])
    output = bounded_child.run(words, run.folder.parent / "trial.log", stopping, BROKEN)
    try:
        return [_ANSWER.decode(line) for line in output.splitlines()]
    except MalformedJson as error:
        raise RunError(BROKEN, received=error) from error
