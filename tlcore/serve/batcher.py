"""Inputs of all requests joined into batches: one thread asks the model, and while it answers others gather.

Nobody waits for a batch to become full, so a single request is answered at once.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

import numpy as np

from tlcore.runs.question import Answer
from tlcore.serve.inputs import ModelInput

Waiting = tuple[ModelInput, "Future[Answer]"]
AnswerBatch = Callable[[Sequence[dict[str, Any]], np.ndarray], list[Answer]]


class Batcher:
    """One thread with a model.

    Args:
        answer_batch: as `LoadedModel.answer_batch`.
        most: inputs in a batch.

    Attributes:
        batches, answered: how many of them there were.
    """

    def __init__(self, answer_batch: AnswerBatch, most: int) -> None:
        self.batches = self.answered = 0
        self._answer_batch, self._most = answer_batch, most
        self._waiting: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="model", daemon=True)
        self._thread.start()

    def submit(self, given: ModelInput) -> Future[Answer]:
        """The model's answer to one input, as soon as its batch is answered."""
        future: Future[Answer] = Future()
        self._waiting.put((given, future))
        return future

    def close(self) -> None:
        """Answer what waits, then end."""
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch, is_last = [first], False
            while len(batch) < self._most and not self._waiting.empty():
                following = self._waiting.get()
                if following is None:
                    is_last = True
                    break
                batch.append(following)
            self._answer([one for one in batch if one[1].set_running_or_notify_cancel()])
            if is_last:
                return

    def _answer(self, batch: list[Waiting]) -> None:
        if not batch:  # nobody waits for it any more
            return
        inputs = [given for given, _ in batch]
        try:
            answers = self._answer_batch(
                [given.fields for given in inputs], np.concatenate([given.row for given in inputs])
            )
            self.batches += 1
            self.answered += len(batch)
            for (_, future), answer in zip(batch, answers, strict=True):
                future.set_result(answer)
        except Exception as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
