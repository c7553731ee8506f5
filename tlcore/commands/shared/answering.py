"""The answers of a batch for some of its inputs: in its own process, and in helpers on other machines."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import msgspec

from tlcore import system
from tlcore.commands.shared.datasets import existing_path
from tlcore.config.task import INPUTS
from tlcore.data.batch_inputs.chunks import InputChunk, InputLocation
from tlcore.data.batch_inputs.tasks import OPENERS
from tlcore.data.importing.progress import Stopper
from tlcore.data.manifest import Task
from tlcore.errors import DataError
from tlcore.runs.batches.batch import Batch, BatchRequest, BatchRow
from tlcore.runs.batches.row_formats import FORMATS
from tlcore.runs.cluster import helping
from tlcore.runs.cluster.helping import AnswerWork
from tlcore.runs.cluster.shared_parts import SharedParts
from tlcore.runs.run import Run

log = logging.getLogger(__name__)


class BatchModel(Protocol):
    """A finished model, `tlcore.graft.predict.predictor.LoadedModel`: only a worker process loads it."""

    source: str

    def warm_up(self) -> None: ...

    def full_answers(self, path: Path) -> Iterator[dict[str, Any]]: ...


def awake(runs: list[Run]) -> list[BatchModel]:
    """The models of these runs, ready to answer."""
    with system.stderr_to():
        from tlcore.graft.predict.predictor import load

    models: list[BatchModel] = [load(run) for run in runs]
    for model in models:
        model.warm_up()
    return models


def location(
    job: Batch, asked: BatchRequest | None, runs: list[Run], work: Path, after: int
) -> InputLocation:
    """Where the inputs are, from number `after` on."""
    return InputLocation(
        existing_path(Path(asked.source if asked else "")),
        work,
        lambda number: job.thumbnail((len(asked.not_sent) if asked else 0) + number),
        _column(runs[0]),
        after,
        large=FORMATS[runs[0].task].has_places,
    )


def _column(run: Run) -> str:
    """The column that the run's own texts stood in; "" where there was none, or its data are gone."""
    try:
        return run.manifest().text_column
    except DataError:
        return ""


def rows_of(chunk: InputChunk, models: list[BatchModel], task: Task) -> list[BatchRow[Any]]:
    """A row for each input of a chunk."""
    if chunk.file is None:
        return [BatchRow(name, error=chunk.refusal) for name in chunk.names]
    said: list[list[dict[str, Any]]] = []
    for model in models:
        began = time.perf_counter()
        answers = list(model.full_answers(chunk.file))
        each = 1000 * (time.perf_counter() - began) / len(chunk.names)
        said.append([answer | {"milliseconds": each} for answer in answers])
    row_of = FORMATS[task].row_of
    return [row_of(name, given) for name, *given in zip(chunk.names, *said, strict=True)]


def lines_of(
    where: InputLocation, models: list[BatchModel], task: Task, first: int, end: int, stops: Stopper
) -> Iterator[bytes]:
    """The answers for the inputs from number `first` to the one before `end`, as lines, some at a time."""
    with OPENERS[INPUTS[task]](replace(where, after=first, until=end), stops) as inputs:
        for chunk in inputs.chunks:
            yield encoded(rows_of(chunk, models, task))


def encoded(rows: list[BatchRow[Any]]) -> bytes:
    """A line for each row."""
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def help_batch(job: Batch) -> int:
    """Answer for parts of a batch that asks for help, until all are begun or the request is gone.

    Returns:
        parts that were answered.

    Raises:
        GraftError: a model or the inputs cannot be read here.
    """
    request, asked = helping.read(job.folder), job.asked()
    if request is None or asked is None or not isinstance(request.work, AnswerWork):
        return 0
    runs = [Run.existing(Path(folder)) for folder in asked.runs]

    def is_over() -> bool:
        return helping.read(job.folder) != request

    models = awake(runs)
    if request.work.source != source_of(models):
        log.warning("this machine would give other answers than the one that asks for help")
        return 0
    shared = job.folder / helping.FOLDER  # whatever becomes of us, the job removes it
    with tempfile.TemporaryDirectory(dir=shared, ignore_cleanup_errors=True) as folder:
        where = location(job, asked, runs, Path(folder), after=0)
        compute = partial(lines_of, where, models, runs[0].task)
        return SharedParts(job.folder, request, compute, is_over).help()


def source_of(models: list[BatchModel]) -> str:
    """The origin of a batch's answers: models and machine."""
    return "; ".join(model.source for model in models)
