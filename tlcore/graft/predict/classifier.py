"""A finished classifier: the chance of each class, and the nearest training examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import keras
import numpy as np

from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example
from tlcore.errors import RunError
from tlcore.evaluate import report
from tlcore.graft.inputs import tasks
from tlcore.graft.network import cut
from tlcore.graft.predict.nearest import NearestExamples
from tlcore.graft.predict.predictor import LoadedModel
from tlcore.runs.question import Answer
from tlcore.runs.run import Run


class Classifier(LoadedModel):
    """A model that names classes. Its answers: `label`, `confidence`, `probabilities` (likeliest first), and
    the fields of `NearestExamples`: `nearest`, `distance`, `unlike`, `unknown`, where there are any.
    """

    def __init__(self, run: Run, model: keras.Model | None = None) -> None:
        super().__init__(run, model)
        if self.model.output_shape[-1] != len(self.labels):
            raise RunError("The model and labels.json do not belong together.", received=run.id)
        features = cut.head_input(self.model)
        self.nearest_examples = NearestExamples(run.folder, self.labels, features.shape[-1])
        both = keras.Model(self.model.inputs, [features, self.model.outputs[0]])
        self._compiled = self.stages.compile_model(both)

    def outputs(self, batch: np.ndarray) -> tuple[np.ndarray, ...]:
        """Features (n, width) that enter the head, and probabilities (n, classes)."""
        return self._compiled(batch)

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        """Probabilities (n, classes) for inputs of the model (n, …), such as uint8 pictures."""
        return self.outputs(batch)[1]

    def numbers(self, batch: np.ndarray) -> np.ndarray:
        return self.probabilities(batch)

    def answer_batch(self, fields: Sequence[tasks.AnswerFields], batch: np.ndarray) -> list[Answer]:
        features, probabilities = self.outputs(batch)
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

    def bare_answers(self, batch: np.ndarray, examples: Sequence[Example]) -> Iterator[np.ndarray]:
        yield from self.probabilities(batch)

    def score(
        self,
        dataset: Dataset,
        examples: Sequence[Example],
        split: str,
        answers: Iterable[np.ndarray],
        guess: str | None = None,
    ) -> report.Score:
        true = np.array([self.labels.index(example.label) for example in examples])
        names = [(example.sha256, example.name) for example in examples]
        number = None if guess not in self.labels else self.labels.index(guess)
        return report.score(split, self.labels, true, np.stack(list(answers)), names, number)


MODEL = Classifier
