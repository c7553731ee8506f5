"""A warm child process that keeps a run's model and answers picture after picture.

It is the command `python -m tlcore predict RUN -`: questions in on its standard input (`question.py`), one
JSON line out for each. When it dies it is started again and the person only waits; TensorFlow never enters
the asking process.
"""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
from pathlib import Path

from tlcore import processes
from tlcore.errors import RunError
from tlcore.runs.backend import BACKEND, Backend, tail
from tlcore.runs.question import Answer, Question
from tlcore.runs.run import Run

MOST_LOG = 1_000_000  # bytes of log that a new predictor still appends to
WAIT = 120.0  # seconds for one answer, the start of TensorFlow included


class Predictor:
    """One run's warm process, shared by all who ask; they take turns."""

    def __init__(self, run: Run, log: Path, backend: Backend = BACKEND) -> None:
        self.run = run
        self.log = log
        self._backend = backend
        self._turn = threading.Lock()
        self._child: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str] = queue.Queue()
        self._closed = False
        if log.exists() and log.stat().st_size > MOST_LOG:
            log.unlink()

    def start(self) -> None:
        """Begin loading the model without waiting for it."""
        with self._turn:
            self._running()

    def answer(self, question: Question) -> Answer:
        """Class chances for an example, as `tlcore.graft.predict.predictor.LoadedModel.answer` gives them.

        Where the question asks why, also what `tlcore.explain.why.Why.answer` adds.

        Raises:
            Closed: `close` was called meanwhile.
            RunError: the process died twice over this example, or took too long.
        """
        with self._turn:
            try:
                return self._ask(question)
            except ChildDied:
                try:
                    return self._ask(question)  # a fresh process; the first may have died for any reason
                except ChildDied as error:
                    raise RunError(
                        "The model cannot answer.", received=tail(self.log), remedy="Try another one."
                    ) from error

    def close(self) -> None:
        """End the process for good; an answer that is still awaited is given first."""
        with self._turn:
            self._closed = True
            self._end()

    def _ask(self, question: Question) -> Answer:
        child = self._running()
        assert child.stdin is not None
        try:
            child.stdin.write(f"{question.line()}\n")
            child.stdin.flush()
        except OSError as error:
            self._end()
            raise ChildDied from error
        return self._next_answer(child)

    def _next_answer(self, child: subprocess.Popen[str]) -> Answer:
        deadline = time.monotonic() + WAIT
        while time.monotonic() < deadline:
            try:
                line = self._lines.get(timeout=0.2)
            except queue.Empty:
                if child.poll() is not None and self._lines.empty():
                    self._end()
                    raise ChildDied from None
                continue
            answer = _parsed(line)
            if answer and "ready" not in answer:
                return answer
        self._end()
        raise RunError("The model took too long to answer.", remedy="Try again; other work may be going on.")

    def _running(self) -> subprocess.Popen[str]:
        if self._closed:
            raise PredictorClosed
        if self._child is None or self._child.poll() is not None:
            self._end()
            self._lines = queue.Queue()
            self._child = self._backend.converse(["predict", str(self.run.folder), "-"], self.log)
            threading.Thread(target=_collect, args=(self._child, self._lines), daemon=True).start()
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            processes.hang_up(child)


class ChildDied(Exception):
    """The warm process is gone."""


class PredictorClosed(Exception):
    """This predictor was put away; whoever asks needs a new one."""


def _parsed(line: str) -> Answer:
    """A line of JSON; nothing for a stray line that some library printed."""
    try:
        answer = json.loads(line)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _collect(child: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
    """Move the child's lines where they can be waited for with a limit, on every system."""
    assert child.stdout is not None
    try:
        for line in child.stdout:
            lines.put(line)
    except ValueError:
        return  # closed while reading: the child was ended on purpose
