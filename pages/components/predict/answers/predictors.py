"""Answers of models, and the warm processes behind them: one per model, two at most."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from pathlib import Path
from typing import Any

import streamlit as st

from pages.components.shared.text import show_error
from tlcore.errors import GraftError, RunError, WorkspaceError
from tlcore.evaluate import analysis
from tlcore.runs.backend import BACKEND
from tlcore.runs.predictor import Predictor, PredictorClosed
from tlcore.runs.question import Question
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

MOST_AWAKE = 2  # each holds TensorFlow and a model: about 800 MB
ATTEMPTS = 5  # to get an answer while other people use other models
MOST_STORED = 500  # answers that a session stores


class WarmPredictors:
    """Predictors of this server, the most recently used last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_model: dict[str, Predictor] = {}
        self._answered: set[str] = set()

    def of(self, run: Run) -> Predictor:
        """Predictor of `run`, started when there is none; a model trained anew gets a new one."""
        key = self.key(run)
        with self._lock:
            predictor = self._by_model.pop(key, None) or Predictor(run, Workspace().cache / "predict.log")
            self._by_model[key] = predictor
            surplus = list(self._by_model)[:-MOST_AWAKE]
            closing = [self._by_model.pop(oldest) for oldest in surplus]
            self._answered.difference_update(surplus)
        for other in closing:  # outside the lock: one that is answering ends after its answer
            other.close()
        return predictor

    def has_answered(self, run: Run) -> bool:
        return self.key(run) in self._answered

    def note_answer(self, run: Run) -> None:
        self._answered.add(self.key(run))

    @staticmethod
    def key(run: Run) -> str:
        """Key of the run's model as it is now, in its file or in the process that trains it.

        Raises:
            RunError: it is gone.
        """
        if BACKEND.can_answer(run):
            return f"{run.folder}@{BACKEND.status(run).attempt}"
        try:
            return f"{run.folder}@{run.model.stat().st_mtime_ns}"
        except OSError as error:
            raise RunError(
                "This model no longer exists.", received=run.id, remedy="Choose another one."
            ) from error


# Not in a cache of Streamlit, which is dropped when nobody is there: an awake model stays awake.
_awake = WarmPredictors()


def wake(run: Run) -> None:
    """Start loading the model before the first question."""
    if BACKEND.can_answer(run):  # the process that trains it is awake
        return
    with contextlib.suppress(PredictorClosed, WorkspaceError):  # the first question shows it
        _awake.of(run).start()


def is_awake(run: Run) -> bool:
    """True if the model has answered before."""
    return _awake.has_answered(run)


def ask(run: Run, path: Path, why: bool = False, label: str = "") -> dict[str, Any]:
    """Answer for the file at `path`, with the `seconds` it took once the model was awake.

    Args:
        why: add the explanation under the key `why`.
        label: the class to explain; "": the likeliest.
    """
    question = Question(path, why, label)
    began, was_awake = time.monotonic(), is_awake(run)
    answer = _answer(run, question)
    _awake.note_answer(run)
    return answer | ({"seconds": time.monotonic() - began} if was_awake else {})


def _answer(run: Run, question: Question) -> dict[str, Any]:
    if BACKEND.can_answer(run):
        try:
            return BACKEND.answer(run, question)
        except RunError:
            if not run.has_model:  # else it has ended just now, and its file is there
                raise
    for _ in range(ATTEMPTS):
        with contextlib.suppress(PredictorClosed):  # closed for another model between these two steps
            return _awake.of(run).answer(question)
    remedy = f"At most {MOST_AWAKE} can run at once. Try again in a moment."
    raise RunError("Too many models are in use.", remedy=remedy)


def answer(run: Run, content: bytes, path: Path, why: bool = False, label: str = "") -> dict[str, Any]:
    """Answer for `content`, which lies at `path`; asked once in a session, however often it is shown.

    `why` and `label` as for `ask`.
    """
    stored = st.session_state.setdefault("answers", {})
    # Its likeness to training examples is known only after the analysis: then it is asked again.
    analysed = analysis.modified_ns(run.folder)
    key = (WarmPredictors.key(run), analysed, hashlib.sha256(content).hexdigest(), why, label)
    if key not in stored:
        text = "Asking the model …" if is_awake(run) else "The model is loading …"
        with st.spinner(text, show_time=True):
            stored[key] = ask(run, path, why, label)
        while len(stored) > MOST_STORED:
            del stored[next(iter(stored))]
    return dict(stored[key])


def show_refusal(answer: dict[str, Any], name: str) -> bool:
    """Show the reason where there is no answer; returns True then."""
    if "error" in answer:
        show_error(GraftError(answer["error"], received=name))
    return "error" in answer
