"""Answers of a finished run, for new examples and for labelled ones: loads once, answers many times."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import keras
import numpy as np

from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example
from tlcore.errors import DataError, RunError
from tlcore.evaluate import report
from tlcore.graft.engines.device import set_up_device
from tlcore.graft.inputs import tasks
from tlcore.graft.network import cut, saved_model
from tlcore.graft.predict.nearest import NearestExamples
from tlcore.runs.question import Answer
from tlcore.runs.run import Run


class LoadedModel:
    """A run's model, ready to answer.

    Args:
        model: as it is in memory, while the run is at work on it; None: the one in its file.
    """

    def __init__(self, run: Run, model: keras.Model | None = None) -> None:
        set_up_device()
        self.labels = run.labels()
        self.config = run.config()
        self.stages = tasks.of(self.config)
        self.model = model or saved_model.load(run.model)
        if self.model.output_shape[-1] != len(self.labels):
            raise RunError("The model and labels.json do not belong together.", received=run.id)
        features = cut.head_input(self.model)
        self.nearest_examples = NearestExamples(run.folder, self.labels, features.shape[-1])
        both = keras.Model(self.model.inputs, [features, self.model.outputs[0]])
        self._outputs = self.stages.compile_model(both)

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        """Probabilities (n, classes) for inputs of the model (n, …), such as uint8 pictures."""
        return self._outputs(batch)[1]

    def read(self, path: Path) -> Iterator[tuple[list[tasks.AnswerFields], np.ndarray]]:
        """The examples in a file, some at a time: the first fields of their answers, and inputs of the model.

        Raises:
            DataError: it cannot be read; says why.
        """
        return self.stages.read(path, self.config, self.model.input_shape)

    def row_loader(self, dataset: Dataset, examples: Sequence[Example]) -> tasks.RowLoader:
        """Row numbers → inputs of the model for those examples of a data set, (n, …)."""
        return self.stages.row_loader(dataset, examples, self.config, self.model.input_shape)

    def warm_up(self) -> None:
        """Compile now, so that the first answer does not wait for it."""
        self.probabilities(self.stages.blank_input(self.model.input_shape))

    def answer(self, path: Path) -> Answer:
        """Keys `path`, `label`, `confidence`, `probabilities` (likeliest first); or `path`, `error`.

        And the fields of `NearestExamples`: `nearest`, `distance`, `unlike`, `unknown`, where there are any.
        """
        return next(self.answers(path))

    def answers(self, *paths: Path) -> Iterator[Answer]:
        """An answer for each example in the files, in their order."""
        return self.stream(paths)

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
        answers = iter(self.answer_batch(np.concatenate(batches)) if batches else ())
        for first in fields:
            yield first if "error" in first else first | next(answers)

    def answer_batch(self, batch: np.ndarray) -> list[Answer]:
        """The answer to each example in a batch, (n, …): the keys of `answer` without the `path`."""
        features, probabilities = self._outputs(batch)
        pairs = zip(
            probabilities, self.nearest_examples(features.astype(np.float32, copy=False)), strict=True
        )
        return [self._rank(row) | nearest for row, nearest in pairs]

    def _rank(self, row: np.ndarray) -> Answer:
        order = np.argsort(-row, kind="stable")
        return {
            "label": self.labels[order[0]],
            "confidence": float(row[order[0]]),
            "probabilities": {self.labels[i]: float(row[i]) for i in order},
        }

    def score(
        self,
        dataset: Dataset,
        examples: Sequence[Example],
        split: str,
        on_progress: Callable[[int, int], None] = lambda done, total: None,
        guess: str | None = None,
    ) -> report.Score:
        """Sum up the answers on labelled examples; labels match by name.

        Args:
            on_progress: called with the examples answered and their total.
            guess: the commonest class of the training split; None: nobody knows it any more.
        """
        load = self.row_loader(dataset, examples)
        rows = np.arange(len(examples))
        answers = []
        for at in range(0, len(rows), self.stages.AT_ONCE):
            part = rows[at : at + self.stages.AT_ONCE]
            answers.append(self.probabilities(load(part)))
            on_progress(at + len(part), len(rows))
        true = np.array([self.labels.index(example.label) for example in examples])
        names = [(example.sha256, example.name) for example in examples]
        number = None if guess not in self.labels else self.labels.index(guess)
        return report.score(split, self.labels, true, np.concatenate(answers), names, number)
