"""The labelled examples that a finished run is scored on, and its answers to them: in the job's own process,
and in helpers on other machines.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec
import numpy as np

from tlcore import system
from tlcore.commands.shared import help
from tlcore.data import readiness
from tlcore.data.dataset import Dataset
from tlcore.data.importing.progress import Stopper
from tlcore.data.manifest import Example
from tlcore.data.task_words import WORDS
from tlcore.errors import DataError, printable
from tlcore.evaluate.report import Score
from tlcore.runs.cluster import helping
from tlcore.runs.cluster.helping import ScoreWork
from tlcore.runs.cluster.shared_parts import SharedParts
from tlcore.runs.job import Job
from tlcore.runs.run import Run
from tlcore.runs.split_assignment import assign_splits

Answers = Iterator[np.ndarray]
InputLoader = Callable[[np.ndarray], np.ndarray]
log = logging.getLogger(__name__)


class ScoreModel(Protocol):
    """A finished model, `tlcore.graft.predict.predictor.LoadedModel`: only a worker process loads it."""

    stages: Any
    source: str

    def row_loader(self, dataset: Dataset, examples: Sequence[Example]) -> InputLoader: ...

    def ask(
        self, load: InputLoader, examples: Sequence[Example], first: int = 0, end: int | None = None
    ) -> Answers: ...

    def score(
        self,
        dataset: Dataset,
        examples: Sequence[Example],
        split: str,
        answers: Answers,
        guess: str | None = None,
    ) -> Score: ...


class ScoreCase(NamedTuple):
    """Examples that a run is scored on.

    Attributes:
        split: "test" where they are the held-out ones of their data; else "all".
        strangers: labels that the model does not know, and how often each stands in the data.
    """

    split: str
    examples: list[Example]
    strangers: Counter[str]


def score_case(run: Run, dataset: Dataset) -> ScoreCase:
    """The examples of `dataset` that the run's model is to be scored on.

    Raises:
        DataError: there is nothing to ask.
    """
    labels = run.labels()
    _check_task(run, dataset)
    split, examples = _to_score(run, dataset)
    examples = _called_alike(examples, labels)
    # A picture without objects counts: whatever is found in it is a false alarm.
    known = [example for example in examples if not example.labels or example.labels & set(labels)]
    if not any(example.labels for example in known):
        raise _nothing_known(labels, dataset, examples)
    strangers = Counter(label for example in examples for label in example.labels - set(labels))
    return ScoreCase(split, known, strangers)


def load(run: Run) -> ScoreModel:
    """The run's model."""
    with system.stderr_to():
        from tlcore.graft.predict import predictor

    return predictor.load(run)


@contextlib.contextmanager
def answers(
    job: Job | None, run: Run, model: ScoreModel, dataset: Dataset, examples: list[Example]
) -> Iterator[Answers]:
    """The model's answers, shared out over the cluster's machines where that is worth while. They end early
    where the job is to stop.

    Args:
        job: that others may help; None: nobody shall.
    """
    load = model.row_loader(dataset, examples)
    if job is None:
        yield model.ask(load, examples)
        return
    source = _source(model, examples)
    work = ScoreWork(0, len(examples), source, str(run.folder), str(dataset.folder))
    places, batch = (run.folder, dataset.folder), model.stages.AT_ONCE
    with help.asked(job, work, [run], places, batch) as request:
        if request is None:
            yield model.ask(load, examples)
            return
        compute = partial(_encoded, model, load, examples)
        parts = SharedParts(job.folder, request, compute, job.stop_requested).in_order()
        yield chain.from_iterable(map(_decoded, parts))


def help_test(job: Job) -> int:
    """Answer for parts of the test that asks for help, until all are begun or the request is gone.

    Returns:
        parts that were answered.

    Raises:
        GraftError: the model or the examples cannot be read here.
    """
    request = helping.read(job.folder)
    if request is None or not isinstance(request.work, ScoreWork):
        return 0
    run, dataset = Run.existing(Path(request.work.run)), Dataset(Path(request.work.data))

    def is_over() -> bool:
        return helping.read(job.folder) != request

    model, examples = load(run), score_case(run, dataset).examples
    if request.work.source != _source(model, examples):  # or somebody has changed the data set
        log.warning("this machine would give other answers than the one that asks for help")
        return 0
    compute = partial(_encoded, model, model.row_loader(dataset, examples), examples)
    return SharedParts(job.folder, request, compute, is_over).help()


def _encoded(
    model: ScoreModel,
    load: InputLoader,
    examples: list[Example],
    first: int,
    end: int,
    stops: Stopper,
) -> Iterator[bytes]:
    """The answers to the examples from number `first` to the one before `end`, as members of one stream of
    gzip: class maps shrink to a hundredth.
    """
    for at in range(first, end, model.stages.AT_ONCE):
        if stops():
            return
        file = io.BytesIO()
        for answer in model.ask(load, examples, at, min(at + model.stages.AT_ONCE, end)):
            np.save(file, answer, allow_pickle=False)
        yield gzip.compress(file.getvalue(), compresslevel=1)


def _decoded(content: bytes) -> Answers:
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream, io.BufferedReader(stream) as file:
        while file.peek(1):
            yield np.lib.format.read_array(file, allow_pickle=False)


def _source(model: ScoreModel, examples: list[Example]) -> str:
    """The origin of answers: the model, and the examples in their order."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(msgspec.json.encode((example.key, sorted(example.labels))))
    return f"{model.source}, {digest.hexdigest()}"


def _to_score(run: Run, dataset: Dataset) -> tuple[str, list[Example]]:
    """The data the run was trained on give their held-out test split, as they were then: later changes may
    draw it anew, and what was learned from would be in it. Others give their own, or all they have.
    """
    config = run.config()
    if dataset.folder == Path(config.data):
        manifest = run.manifest()
        splits = assign_splits(config, manifest)
        return "test", [e for e, split in zip(manifest.examples, splits, strict=True) if split == "test"]
    manifest = dataset.read()
    if "test" in manifest.brought_splits():
        return "test", [example for example in manifest.examples if example.split == "test"]
    return "all", list(manifest.examples)


def _called_alike(examples: list[Example], labels: tuple[str, ...]) -> list[Example]:
    """The examples, those of "Apple" as of "apple" where the model knows that one alone: a folder's name is
    written in many ways.
    """
    alike = Counter(label.casefold() for label in labels)
    known = {label.casefold(): label for label in labels if alike[label.casefold()] == 1}
    return [
        example
        if example.label in labels or example.label.casefold() not in known
        else msgspec.structs.replace(example, label=known[example.label.casefold()])
        for example in examples
    ]


def _nothing_known(labels: tuple[str, ...], dataset: Dataset, examples: list[Example]) -> DataError:
    """The reason why no example can be scored."""
    manifest = dataset.read()
    words = WORDS[manifest.task]
    if not examples:
        why = readiness.no_examples_error(manifest).what
        return DataError(why, received=manifest.name, remedy=f"Give {words.container}.")
    return DataError(
        "None of these classes is known to the model.",
        received=", ".join(manifest.classes[:10]),
        remedy=f"Its classes are {printable(', '.join(labels[:10]))}.",
    )


def _check_task(run: Run, dataset: Dataset) -> None:
    """Refuse texts for a model of pictures, and the reverse."""
    mine, theirs = run.task, dataset.read().task
    if mine != theirs:
        raise DataError(
            f"This model reads {WORDS[mine].many}, and there are {WORDS[theirs].many} in it.",
            received=dataset.read().name,
            remedy=f"Give {WORDS[mine].container}.",
        )
