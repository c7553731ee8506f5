"""Answers of models, and the warm processes behind them: one per model, two at most."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from pathlib import Path
from typing import Any

import streamlit as st

from pages.components.shared.text import show_error
from tlcore import system
from tlcore.errors import GraftError, RunError, WorkspaceError
from tlcore.evaluate import analysis, confidence_threshold
from tlcore.people import SWITCH
from tlcore.runs.question import Question
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND
from tlcore.runs.workers.conversation import ConversationClosed, Conversations
from tlcore.runs.workers.predictor import Predictor
from tlcore.workspace import Workspace

EACH = 3_000_000_000  # bytes of this machine for each that is awake in a class: it takes 800 MB
# Each holds TensorFlow and a model.
MOST_AWAKE = min(8, max(2, system.total_memory() // EACH)) if SWITCH in os.environ else 2
ATTEMPTS = 5  # to get an answer while other people use other models
MOST_STORED = 500  # answers that a session stores


class WarmPredictors:
    """Predictors of this server, the most recently used last."""

    def __init__(self) -> None:
        self.awake: Conversations[Predictor] = Conversations(MOST_AWAKE)
        self._answered: set[str] = set()

    def of(self, run: Run) -> Predictor:
        """Predictor of `run`, started when there is none; a model trained anew gets a new one."""
        key = self.key(run)
        predictor = self.awake.of(key, lambda: Predictor(run, Workspace().cache / "predict.log"))
        self._answered.intersection_update(list(self.awake.by_key))
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
    with contextlib.suppress(ConversationClosed, WorkspaceError):  # the first question shows it
        _awake.of(run).start()


def is_awake(run: Run) -> bool:
    """True if the model has answered before."""
    return _awake.has_answered(run)


def ask(
    run: Run, path: Path, why: bool = False, label: str = "", box: tuple[float, ...] = ()
) -> dict[str, Any]:
    """Answer for the file at `path`, with the `seconds` it took once the model was awake.

    Args:
        why: add the explanation under the key `why`.
        label: the class to explain; "": the likeliest.
        box: edges of the object to explain, in pixels.
    """
    question = Question(path, why, label, box)
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
        with contextlib.suppress(ConversationClosed):  # closed for another model between these two steps
            return _awake.of(run).answer(question)
    remedy = f"At most {MOST_AWAKE} can run at once. Try again in a moment."
    raise RunError("Too many models are in use.", remedy=remedy)


def answer(
    run: Run, content: bytes, path: Path, why: bool = False, label: str = "", box: tuple[float, ...] = ()
) -> dict[str, Any]:
    """Answer for `content`, which lies at `path`; asked once in a session, however often it is shown.

    `why`, `label` and `box` as for `ask`.
    """
    stored = st.session_state.setdefault("answers", {})
    # Its likeness to training examples is known only after the analysis, and a detector leaves out what is
    # below the threshold: then it is asked again.
    state = analysis.modified_ns(run.folder), confidence_threshold.read(run.folder).threshold
    key = (WarmPredictors.key(run), state, hashlib.sha256(content).hexdigest(), why, label, box)
    if key not in stored:
        text = "Asking the model …" if is_awake(run) else "The model is loading …"
        with st.spinner(text, show_time=True):
            stored[key] = ask(run, path, why, label, box)
        while len(stored) > MOST_STORED:
            del stored[next(iter(stored))]
    return dict(stored[key])


def show_refusal(answer: dict[str, Any], name: str) -> bool:
    """Show the reason where there is no answer; returns True then."""
    if "error" in answer:
        show_error(GraftError(answer["error"], received=name))
    return "error" in answer
