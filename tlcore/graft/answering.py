"""Answers of a finished run, for new pictures and for labelled ones: loads once, answers many times."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from tlcore.data import pictures
from tlcore.data.manifest import Dataset, Example
from tlcore.errors import PictureError, RunError
from tlcore.evaluate import report
from tlcore.graft import device as devices
from tlcore.graft import saved
from tlcore.graft.decoding import Pictures
from tlcore.graft.engines import CPU_BATCH
from tlcore.runs.run import Run

Answer = dict[str, Any]


class Answerer:
    """A finished run's model, ready to answer."""

    def __init__(self, run: Run) -> None:
        devices.set_up()
        self.labels = run.labels()
        self.fit = run.config().fit
        self.model = saved.load(run.model)
        if self.model.output_shape[-1] != len(self.labels):
            raise RunError("The model and labels.json do not belong together.", received=run.id)
        self.size = int(self.model.input_shape[1])
        self._compiled = tf.function(lambda batch: self.model(batch, training=False), reduce_retracing=True)

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        """uint8 (n, size, size, 3) → (n, classes)."""
        return np.asarray(self._compiled(batch))

    def warm_up(self) -> None:
        """Compile, so that the first person does not wait for it."""
        self.probabilities(np.zeros((1, self.size, self.size, 3), np.uint8))

    def answer(self, path: Path) -> Answer:
        """Keys `path`, `label`, `confidence`, `probabilities` (likeliest first); or `path`, `error`."""
        try:
            picture = pictures.decode(path, self.size, self.fit)
        except PictureError as error:
            return {"path": str(path), "error": str(error)}
        row = self.probabilities(picture[None])[0]
        order = np.argsort(-row, kind="stable")
        ranked = {self.labels[i]: float(row[i]) for i in order}
        return {
            "path": str(path),
            "label": self.labels[order[0]],
            "confidence": float(row[order[0]]),
            "probabilities": ranked,
        }

    def score(self, dataset: Dataset, examples: Sequence[Example], split: str) -> report.Score:
        """Sum up the answers on labelled examples; labels match by name."""
        source = Pictures([dataset.file(e.sha256) for e in examples], self.size, self.fit)
        answers = [self.probabilities(batch) for batch in source.batches(np.arange(len(examples)), CPU_BATCH)]
        true = np.array([self.labels.index(example.label) for example in examples])
        shown = [(example.sha256, example.name) for example in examples]
        return report.score(split, self.labels, true, np.concatenate(answers), shown)
