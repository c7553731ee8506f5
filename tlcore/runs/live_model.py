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
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener

import msgspec

from tlcore import system
from tlcore.errors import RunError
from tlcore.records import JsonType, MalformedJson
from tlcore.runs.question import Answer, Question
from tlcore.runs.run import Run

FILE = "live.json"
WAIT = 60.0  # seconds for an answer; the first one compiles the network
GONE = (OSError, EOFError, MalformedJson, AuthenticationError)


class LiveAddress(msgspec.Struct, frozen=True):
    """Where a run's process listens, and the key that it asks for."""

    address: str
    key: str


_ADDRESS = JsonType(LiveAddress)
_ANSWER = JsonType(dict)


@contextlib.contextmanager
def serve(run: Run, answer: Callable[[Question], Answer]) -> Iterator[None]:
    """Answer questions about the run, one after another in a thread of its own, until the block ends.

    Where no socket can be had there are no answers; the run goes on.
    """
    key = secrets.token_hex(16)
    with contextlib.ExitStack() as leaving:
        with contextlib.suppress(OSError):
            listener = leaving.enter_context(Listener(None, system.local_sockets(), authkey=key.encode()))
            leaving.callback((run.folder / FILE).unlink, missing_ok=True)
            threading.Thread(target=_listen, args=(listener, answer), daemon=True).start()
            place = msgspec.json.encode(LiveAddress(str(listener.address), key))
            system.write_atomic(run.folder / FILE, place, private=True)
        yield


def _listen(listener: Listener, answer: Callable[[Question], Answer]) -> None:
    while True:
        try:
            with listener.accept() as asker:
                question = Question.read(asker.recv_bytes().decode())
                asker.send_bytes(json.dumps(_answer_or_error(question, answer)).encode())
        except (AuthenticationError, EOFError, ConnectionError, UnicodeDecodeError):
            continue  # whoever asked has gone, or was none of ours
        except OSError:
            return  # the block has ended


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
        with Client(place.address, system.local_sockets(), authkey=place.key.encode()) as process:
            process.send_bytes(question.line().encode())
            if not process.poll(WAIT):
                raise TimeoutError
            answer: Answer = _ANSWER.decode(process.recv_bytes())
            return answer
    except GONE as error:
        raise RunError(
            "This model cannot answer at the moment.",
            received=run.id,
            remedy="Look at its run: it may have ended.",
        ) from error
