"""A model's answers on a screen, and the warm processes behind them: one a model, two at most."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from pathlib import Path
from typing import Any

import streamlit as st

from pages.components.shared.text import percent, plain, show_error
from tlcore.errors import GraftError, RunError, WorkspaceError
from tlcore.evaluate import analysis
from tlcore.runs.predictor import Predictor, PredictorClosed
from tlcore.runs.question import Question
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

MOST_AWAKE = 2  # each holds TensorFlow and a model: about 800 MB
ATTEMPTS = 5  # to get an answer while others ask other models
MOST_BARS = 8
MOST_STORED = 500  # answers that a session keeps


class WarmPredictors:
    """The predictors of this server, the most recently used last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_model: dict[str, Predictor] = {}
        self._answered: set[str] = set()

    def of(self, run: Run) -> Predictor:
        """The predictor of `run`, started when there is none; a model trained anew gets a new one."""
        key = self.key(run)
        with self._lock:
            predictor = self._by_model.pop(key, None) or Predictor(run, Workspace().cache / "predict.log")
            self._by_model[key] = predictor
            surplus = list(self._by_model)[:-MOST_AWAKE]
            put_away = [self._by_model.pop(oldest) for oldest in surplus]
            self._answered.difference_update(surplus)
        for other in put_away:  # outside the lock: one that is answering ends after its answer
            other.close()
        return predictor

    def has_answered(self, run: Run) -> bool:
        return self.key(run) in self._answered

    def note_answer(self, run: Run) -> None:
        self._answered.add(self.key(run))

    @staticmethod
    def key(run: Run) -> str:
        """Names the run's model as it is now.

        Raises:
            RunError: it is gone.
        """
        try:
            return f"{run.folder}@{run.model.stat().st_mtime_ns}"
        except OSError as error:
            raise RunError("This model is gone.", received=run.id, remedy="Choose another one.") from error


# Not among what Streamlit keeps, which is dropped when nobody is there: a model that is awake stays so.
_awake = WarmPredictors()


def wake(run: Run) -> None:
    """Start loading the model before the first question comes."""
    with contextlib.suppress(PredictorClosed, WorkspaceError):  # who asks is told
        _awake.of(run).start()


def is_awake(run: Run) -> bool:
    """Whether the model has answered before."""
    return _awake.has_answered(run)


def ask(run: Run, path: Path, why: bool = False, label: str = "") -> dict[str, Any]:
    """The model's answer for the file at `path`, with the `seconds` it took once the model was awake.

    Args:
        why: also what the answer rests on, under the key `why`.
        label: the class to explain; "": the likeliest.
    """
    question = Question(path, why, label)
    began, was_awake = time.monotonic(), is_awake(run)
    answer = _asked(run, question)
    _awake.note_answer(run)
    return answer | ({"seconds": time.monotonic() - began} if was_awake else {})


def _asked(run: Run, question: Question) -> dict[str, Any]:
    for _ in range(ATTEMPTS):
        with contextlib.suppress(PredictorClosed):  # put away for another model between our two steps
            return _awake.of(run).answer(question)
    remedy = f"{MOST_AWAKE} can be at work at once. Try again in a moment."
    raise RunError("Too many models are asked at the same time.", remedy=remedy)


def answer(run: Run, content: bytes, path: Path, why: bool = False, label: str = "") -> dict[str, Any]:
    """The answer for `content`, which lies at `path`; asked once in a session, however often it is shown.

    `why` and `label` as for `ask`.
    """
    known = st.session_state.setdefault("answers", {})
    # Its likeness to what was learned from can be told once the study is there: then it is asked again.
    studied = analysis.modified_ns(run.folder)
    key = (WarmPredictors.key(run), studied, hashlib.sha256(content).hexdigest(), why, label)
    if key not in known:
        text = "Looking …" if is_awake(run) else "The model is waking up …"
        with st.spinner(text, show_time=True):
            known[key] = ask(run, path, why, label)
        while len(known) > MOST_STORED:
            del known[next(iter(known))]
    return dict(known[key])


def show_refusal(answer: dict[str, Any], name: str) -> bool:
    """Whether there is no answer; then the reason is shown."""
    if "error" in answer:
        show_error(GraftError(answer["error"], received=name))
    return "error" in answer


def show_bars(answer: dict[str, Any]) -> None:
    """The likeliest classes as bars."""
    for label, chance in list(answer["probabilities"].items())[:MOST_BARS]:
        st.progress(min(1.0, chance), f"{plain(label)} · {percent(chance)}")
    if "seconds" in answer:
        st.caption(f"Answered in {answer['seconds'] * 1000:.0f} ms.")
