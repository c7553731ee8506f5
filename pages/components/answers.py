"""A model's answers on a screen, and the warm processes behind them: one a model, two at most."""

from __future__ import annotations

import contextlib
import io
import threading
import time
from pathlib import Path
from typing import Any

import streamlit as st
from PIL import Image

from pages.components.words import percent, plain, show_error
from tlcore.data.pictures import thumbnail
from tlcore.errors import GraftError, PictureError
from tlcore.runs.predictor import Closed, Predictor
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

MOST_AWAKE = 2  # each holds TensorFlow and a model: about 800 MB
MOST_BARS = 8
SHOWN = 512  # pixels, longest side of the picture beside its answer


class Awake:
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
        return f"{run.folder}@{run.model.stat().st_mtime_ns}"


@st.cache_resource(show_spinner=False)
def _awake() -> Awake:
    return Awake()


def warm(run: Run) -> None:
    """Start loading the model before the first picture comes."""
    with contextlib.suppress(Closed):
        _awake().of(run).start()


def is_awake(run: Run) -> bool:
    """Whether the model has answered before."""
    return _awake().has_answered(run)


def ask(run: Run, path: Path) -> dict[str, Any]:
    """The model's answer for the picture at `path`, with the `seconds` it took once the model was awake."""
    began, was_awake = time.monotonic(), is_awake(run)
    try:
        answer = _awake().of(run).answer(path)
    except Closed:  # put away for another model between our two steps
        answer = _awake().of(run).answer(path)
    _awake().note_answer(run)
    return answer | ({"seconds": time.monotonic() - began} if was_awake else {})


def show(name: str, path: Path, answer: dict[str, Any]) -> None:
    """The picture beside its likeliest classes as bars."""
    with st.container(border=True):
        if "error" in answer:
            show_error(GraftError(answer["error"], received=name))
            return
        left, right = st.columns([1, 2], vertical_alignment="center")
        with left:
            _picture(name, path)
        with right:
            st.markdown(f"### {plain(answer['label'])}")
            for label, chance in list(answer["probabilities"].items())[:MOST_BARS]:
                st.progress(min(1.0, chance), f"{plain(label)} · {percent(chance)}")
            if "seconds" in answer:
                st.caption(f"Answered in {answer['seconds'] * 1000:.0f} ms.")


def _picture(name: str, path: Path) -> None:
    """The picture as a small JPEG of our own making: the browser never gets the file that was sent."""
    small = path.with_name(f"{path.name}.jpg")
    try:
        thumbnail(path, small, SHOWN)
        with Image.open(io.BytesIO(small.read_bytes())) as picture:
            st.image(picture, plain(name), width="stretch", alt=name)
    except PictureError as error:
        show_error(error)
    finally:
        small.unlink(missing_ok=True)
