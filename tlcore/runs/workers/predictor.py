"""A warm child process that keeps a run's model and answers picture after picture.

It is the command `python -m tlcore predict RUN -`: questions in (`question.py`), answers out. TensorFlow
never enters the asking process.
"""

from __future__ import annotations

from pathlib import Path

from tlcore.runs.question import Answer, Question
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND, Backend
from tlcore.runs.workers.conversation import Conversation


class Predictor(Conversation):
    """One run's warm process."""

    def __init__(self, run: Run, log: Path, backend: Backend = BACKEND) -> None:
        super().__init__(["predict", str(run.folder), "-"], log, "The model", backend)
        self.run = run

    def answer(self, question: Question) -> Answer:
        """Class chances for an example, as `tlcore.graft.predict.predictor.LoadedModel.answer` gives them.

        Where the question asks why, also what `tlcore.explain.why.Why.answer` adds. Errors as for `ask`.
        """
        return self.ask(question.line())
