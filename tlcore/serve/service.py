"""A model at the service of requests: from what was sent to answers, as `predict --json` gives them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from tlcore.config.task import INPUTS
from tlcore.evaluate import confidence_threshold
from tlcore.runs.question import Answer
from tlcore.runs.run import Run
from tlcore.serve.batcher import Batcher
from tlcore.serve.body import Sent
from tlcore.serve.inputs import READERS
from tlcore.serve.limits import RequestRefusal


class ServedModel(Protocol):
    """A finished model, `tlcore.graft.predict.predictor.LoadedModel`: only the command loads it."""

    labels: tuple[str, ...]
    stages: Any
    model: Any

    def outputs(self, batch: np.ndarray) -> tuple[np.ndarray, ...]: ...

    def answer_batch(self, fields: Sequence[dict[str, Any]], batch: np.ndarray) -> list[Answer]: ...


class Service:
    """A run's model, its readers of inputs and its batches.

    Args:
        model: the run's, loaded.
    """

    def __init__(self, run: Run, model: ServedModel) -> None:
        self.run = run
        self.labels = model.labels
        self._model = model
        self._reader = READERS[INPUTS[run.task]](run, model.model.input_shape)
        self.batcher = Batcher(model.answer_batch, model.stages.AT_ONCE)

    def warm_up(self) -> None:
        """Start the decoders, and compile for one input and for several: no request waits for that."""
        self._reader.warm_up()
        blank = self._model.stages.blank_input(self._model.model.input_shape)
        for count in (1, 2):
            self._model.outputs(np.repeat(blank, count, axis=0))

    async def answers(self, sent: Sequence[Sent]) -> list[Answer]:
        """An answer for each input: its `name` and what the model says, or the `error`.

        Raises:
            RequestRefusal: not one of them can be read.
        """
        answers = await asyncio.gather(*map(self._answer, sent))
        if all("error" in answer for answer in answers):
            raise RequestRefusal(422, answers[0]["error"])
        return answers

    async def _answer(self, sent: Sent) -> Answer:
        try:
            given = await asyncio.wrap_future(self._reader.submit(sent.content))
        except RequestRefusal as refusal:
            return {"name": sent.name, "error": refusal.sentence}
        answer = await asyncio.wrap_future(self.batcher.submit(given))
        return {"name": sent.name} | given.fields | answer | self._verdict(answer)

    def _verdict(self, answer: Answer) -> Answer:
        """Whether a class is sure, by the threshold that a person has chosen."""
        if "confidence" not in answer:
            return {}
        return {"sure": answer["confidence"] >= confidence_threshold.read(self.run.folder).threshold}

    def close(self) -> None:
        """End the decoders, answer what waits for the model, and end."""
        self._reader.close()
        self.batcher.close()
