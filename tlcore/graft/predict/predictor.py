"""Finished models ready to answer: each loads once and answers many times. One for each kind of answer."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import keras
import numpy as np

from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example, Task
from tlcore.errors import DataError
from tlcore.evaluate import report
from tlcore.graft.engines.device import set_up_device
from tlcore.graft.inputs import tasks
from tlcore.graft.network import saved_model
from tlcore.runs.question import Answer
from tlcore.runs.run import Run

# By name, since only work on texts has to load KerasHub, and only work on places pycocotools.
MODULES: dict[Task, str] = {
    "images": "tlcore.graft.predict.classifier",
    "texts": "tlcore.graft.predict.classifier",
    "detection": "tlcore.graft.predict.detector",
    "segmentation": "tlcore.graft.predict.segmenter",
}


def load(run: Run, model: keras.Model | None = None) -> LoadedModel:
    """The run's model, ready to answer.

    Args:
        model: as it is in memory, while the run is at work on it; None: the one in its file.
    """
    loaded: LoadedModel = importlib.import_module(MODULES[run.task]).MODEL(run, model)
    return loaded


class LoadedModel(ABC):
    """A run's model, ready to answer.

    Args:
        model: as for `load`.
    """

    def __init__(self, run: Run, model: keras.Model | None = None) -> None:
        self.source = f"{run.edition()}, {set_up_device().version}"  # another one gives other answers
        self.run = run
        self.labels = run.labels()
        self.config = run.config()
        self.stages = tasks.of(self.config)
        self.model = model or saved_model.load(run.model)

    @abstractmethod
    def outputs(self, batch: np.ndarray) -> tuple[np.ndarray, ...]:
        """The model's outputs, (n, …) each, for inputs of it (n, …), such as uint8 pictures."""

    @abstractmethod
    def numbers(self, batch: np.ndarray) -> np.ndarray:
        """The bare answers in one array (n, …), as an exported file gives them: chances, or boxes (n, 100, 6)
        with left, top, right and bottom in pixels of the input, score and class number.
        """

    def warm_up(self) -> None:
        """Compile now, so that the first answer does not wait for it."""
        self.outputs(self.stages.blank_input(self.model.input_shape))

    @abstractmethod
    def answer_batch(self, fields: Sequence[tasks.AnswerFields], batch: np.ndarray) -> list[Answer]:
        """The answer to each example in a batch, (n, …), without the `fields` that `read` gave for it."""

    @abstractmethod
    def bare_answers(self, batch: np.ndarray, examples: Sequence[Example]) -> Iterator[np.ndarray]:
        """The answer to each of the examples in a batch (n, …) as one array: the chance of each class,
        (classes,); boxes (m, 6) with left, top, right and bottom in pixels of the picture, score and class
        number; or the class of each pixel, (height, width).
        """

    def ask(
        self, load: tasks.RowLoader, examples: Sequence[Example], first: int = 0, end: int | None = None
    ) -> Iterator[np.ndarray]:
        """The same for any number of examples, from the one with number `first` to the one before `end`.

        Args:
            load: their inputs, as `row_loader` has them.
        """
        end = len(examples) if end is None else end
        for at in range(first, end, self.stages.AT_ONCE):
            part = examples[at : min(at + self.stages.AT_ONCE, end)]
            yield from self.bare_answers(load(np.arange(at, at + len(part))), part)

    @abstractmethod
    def score(
        self,
        dataset: Dataset,
        examples: Sequence[Example],
        split: str,
        answers: Iterable[np.ndarray],
        guess: str | None = None,
    ) -> report.Score:
        """Sum up the bare answers to labelled examples; labels match by name.

        Args:
            guess: the commonest class of the training split; None: nobody knows it any more.
        """

    def read(self, path: Path) -> Iterator[tuple[list[tasks.AnswerFields], np.ndarray]]:
        """The examples in a file, some at a time: the first fields of their answers, and inputs of the model.

        Raises:
            DataError: it cannot be read; says why.
        """
        return self.stages.read(path, self.config, self.model.input_shape)

    def row_loader(self, dataset: Dataset, examples: Sequence[Example]) -> tasks.RowLoader:
        """Row numbers → inputs of the model for those examples of a data set, (n, …)."""
        return self.stages.row_loader(dataset, examples, self.config, self.model.input_shape)

    def answer(self, path: Path) -> Answer:
        """The answer for the first example in a file: `path` and what the kind of model says; or `path`,
        `error`.
        """
        return next(self.answers(path))

    def answers(self, *paths: Path) -> Iterator[Answer]:
        """An answer for each example in the files, in their order."""
        return self.stream(paths)

    def full_answers(self, path: Path) -> Iterator[Answer]:
        """The same for one file, with all that a batch keeps of an answer."""
        return self.answers(path)

    def stream(self, paths: Iterable[Path]) -> Iterator[Answer]:
        """The same for any number of files. The model answers about `AT_ONCE` examples at a time, whichever
        files they are in.
        """
        fields: list[tasks.AnswerFields] = []
        batches: list[np.ndarray] = []
        for path in paths:
            for some, batch in self._examples(path):
                fields += some
                batches += [batch] if len(batch) else []
                if len(fields) >= self.stages.AT_ONCE:
                    yield from self._answers_of(fields, batches)
                    fields, batches = [], []
        yield from self._answers_of(fields, batches)

    def _examples(self, path: Path) -> Iterator[tuple[list[tasks.AnswerFields], np.ndarray]]:
        """As `read`; for a file that cannot be read, its error."""
        try:
            yield from self.read(path)
        except DataError as error:
            yield [{"path": str(path), "error": str(error)}], np.zeros(0)

    def _answers_of(self, fields: list[tasks.AnswerFields], batches: list[np.ndarray]) -> Iterator[Answer]:
        sound = [first for first in fields if "error" not in first]
        answers = iter(self.answer_batch(sound, np.concatenate(batches)) if batches else ())
        for first in fields:
            yield first if "error" in first else first | next(answers)
