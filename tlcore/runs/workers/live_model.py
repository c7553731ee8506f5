"""A run's model while it is still in the process that trained it: it answers before its file is proven.

`live.json` in the run's folder says where that process listens: a local socket or pipe, and the key to it.
Questions and answers are those of `python -m tlcore predict RUN -`, as JSON: nothing else is decoded.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener

import msgspec

from tlcore import system
from tlcore.errors import RunError
from tlcore.records import JsonType
from tlcore.runs.question import Answer, Question
from tlcore.runs.run import Run

FILE = "live.json"
WAIT = 60.0  # seconds for an answer; the first one compiles the network
PAUSE = 0.1  # seconds after a question that failed
GONE = (OSError, EOFError, ValueError, AuthenticationError)  # an answer that is no JSON is a ValueError


class LiveAddress(msgspec.Struct, frozen=True):
    """Where a run's process listens, and the key that it asks for."""

    address: str
    key: str


_ADDRESS = JsonType(LiveAddress)
_ANSWER = JsonType(dict)


@contextlib.contextmanager
def serve(run: Run, answer: Callable[[Question], Answer]) -> Iterator[bool]:
    """Answer questions about the run, one after another in a thread of its own, until the block ends.

    Yields:
        False where no socket can be had: nobody can ask, and the run goes on.
    """
    file, key, is_over = run.folder / FILE, secrets.token_hex(16), threading.Event()
    with contextlib.ExitStack() as leaving:
        try:
            file.unlink(missing_ok=True)  # of an earlier attempt
            listener = leaving.enter_context(Listener(None, system.local_sockets(), authkey=key.encode()))
            leaving.callback(is_over.set)
            leaving.callback(file.unlink, missing_ok=True)
            place = msgspec.json.encode(LiveAddress(str(listener.address), key))
            system.write_atomic(file, place, private=True)
            is_heard = True
            threading.Thread(target=_listen, args=(listener, answer, is_over), daemon=True).start()
        except OSError:
            is_heard = False
        yield is_heard


def _listen(listener: Listener, answer: Callable[[Question], Answer], is_over: threading.Event) -> None:
    while not is_over.is_set():
        try:
            with listener.accept() as asker:
                question = Question.read(asker.recv_bytes().decode())
                asker.send_bytes(json.dumps(_answer_or_error(question, answer)).encode())
        except Exception:  # whoever asked has gone, or was none of ours, or the block has ended
            is_over.wait(PAUSE)


def _answer_or_error(question: Question, answer: Callable[[Question], Answer]) -> Answer:
    try:
        return answer(question)
    except Exception as error:  # whatever it is, the run goes on
        return {"path": str(question.path), "error": f"The model cannot answer: {type(error).__name__}."}


def ask(run: Run, question: Question) -> Answer:
    """The answer of the process that trains `run`.

    Raises:
        RunError: it is gone, or does not answer.
    """
    try:
        place = _ADDRESS.read(run.folder / FILE)
        # In a thread: behind somebody else's question even the connection has to wait.
        return ThreadPoolExecutor(1).submit(_ask, place, question).result(WAIT)
    except GONE as error:
        raise RunError(
            "This model cannot answer at the moment.",
            received=run.id,
            remedy="Look at its run: it may have ended.",
        ) from error


def _ask(place: LiveAddress, question: Question) -> Answer:
    with Client(place.address, system.local_sockets(), authkey=place.key.encode()) as process:
        process.send_bytes(question.line().encode())
        answer: Answer = _ANSWER.decode(process.recv_bytes())
        return answer
