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
from tlcore.graft.engines import device as devices
from tlcore.graft.inputs import tasks
from tlcore.graft.network import cut, saved_model
from tlcore.graft.predict.nearest import NearestExamples
from tlcore.runs.question import Answer
from tlcore.runs.run import Run


class LoadedModel:
    """A finished run's model, ready to answer."""

    def __init__(self, run: Run) -> None:
        devices.set_up_device()
        self.labels = run.labels()
        self.config = run.config()
        self.stages = tasks.of(self.config)
        self.model = saved_model.load(run.model)
        if self.model.output_shape[-1] != len(self.labels):
            raise RunError("The model and labels.json do not belong together.", received=run.id)
        features = cut.head_input(self.model)
        self.likeness = NearestExamples(run.folder, self.labels, features.shape[-1])
        both = keras.Model(self.model.inputs, [features, self.model.outputs[0]])
        self._passed = self.stages.asking(both)

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        """What the model takes, (n, …), such as uint8 pictures → (n, classes)."""
        return self._passed(batch)[1]

    def read(self, path: Path) -> Iterator[tuple[list[tasks.AnswerFields], np.ndarray]]:
        """The examples in a file, some at a time, and what their answers begin with.

        Raises:
            DataError: it cannot be read; says why.
        """
        return self.stages.read(path, self.config, self.model.input_shape)

    def given(self, dataset: Dataset, examples: Sequence[Example]) -> tasks.RowLoader:
        """Row numbers → what the model takes for those examples of a data set, (n, …)."""
        return self.stages.given(dataset, examples, self.config, self.model.input_shape)

    def warm_up(self) -> None:
        """Compile, so that the first person does not wait for it."""
        self.probabilities(self.stages.blank(self.model.input_shape))

    def answer(self, path: Path) -> Answer:
        """Keys `path`, `label`, `confidence`, `probabilities` (likeliest first); or `path`, `error`.

        And what `Likeness` says of it: `nearest`, `distance`, `unknown`, where that can be said.
        """
        return next(self.answers(path))

    def answers(self, *paths: Path) -> Iterator[Answer]:
        """An answer for each example in the files, in their order."""
        return self.stream(paths)

    def stream(self, paths: Iterable[Path]) -> Iterator[Answer]:
        """The same for files without end: the model is asked about as many examples at a time as the task
        says, or a few more, whichever files they are in.
        """
        heads: list[tasks.AnswerFields] = []
        batches: list[np.ndarray] = []
        for path in paths:
            for some, batch in self._examples(path):
                heads += some
                batches += [batch] if len(batch) else []
                if len(heads) >= self.stages.AT_ONCE:
                    yield from self._said(heads, batches)
                    heads, batches = [], []
        yield from self._said(heads, batches)

    def _examples(self, path: Path) -> Iterator[tuple[list[tasks.AnswerFields], np.ndarray]]:
        """As `read`; of a file that cannot be read, what is wrong with it."""
        try:
            yield from self.read(path)
        except DataError as error:
            yield [{"path": str(path), "error": str(error)}], np.zeros(0)

    def _said(self, heads: list[tasks.AnswerFields], batches: list[np.ndarray]) -> Iterator[Answer]:
        found = iter(self.about(np.concatenate(batches)) if batches else ())
        for head in heads:
            yield head if "error" in head else head | next(found)

    def about(self, batch: np.ndarray) -> list[Answer]:
        """What is said of each example in a batch, (n, …): the keys of `answer` without the `path`."""
        features, probabilities = self._passed(batch)
        pairs = zip(probabilities, self.likeness(features.astype(np.float32, copy=False)), strict=True)
        return [self._ranked(row) | likeness for row, likeness in pairs]

    def _ranked(self, row: np.ndarray) -> Answer:
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
            on_progress: called after some of them with how many are answered, and of how many.
            guess: the commonest class of what it was trained on; None: nobody knows it any more.
        """
        given = self.given(dataset, examples)
        rows = np.arange(len(examples))
        answers = []
        for at in range(0, len(rows), self.stages.AT_ONCE):
            part = rows[at : at + self.stages.AT_ONCE]
            answers.append(self.probabilities(given(part)))
            on_progress(at + len(part), len(rows))
        true = np.array([self.labels.index(example.label) for example in examples])
        shown = [(example.sha256, example.name) for example in examples]
        known = None if guess not in self.labels else self.labels.index(guess)
        return report.score(split, self.labels, true, np.concatenate(answers), shown, known)
