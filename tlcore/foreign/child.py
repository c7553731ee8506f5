"""The child that works with a model from elsewhere: bounded in memory and time, without a graphics card.

It is `python -m tlcore.foreign.model.work FOLDER`. The request is `request.json` in that folder; a line of
JSON comes back.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from tlcore import system
from tlcore.errors import RunError
from tlcore.export.hand_on import bounded_child
from tlcore.records import JsonType, MalformedJson

REQUEST = "request.json"
FAILED = "The model does not answer. Its file may be damaged, or made to do harm."


class ChildAnswer(msgspec.Struct):
    """The line that comes back: a result, or why there is none, as `GraftError` has it."""

    result: object = None
    error: str = ""
    received: str | None = None
    remedy: str = ""


_ANSWER = JsonType(ChildAnswer)


def ask(folder: Path, request: dict[str, object], stopping: Callable[[], bool]) -> object:
    """The answer of the child to a request about the candidate in `folder`.

    Raises:
        RunError: it refuses, fails, or takes too long.
        OpeningStopped: `stopping` said so.
    """
    words = [sys.executable, "-m", "tlcore.foreign.model.work", str(folder)]
    system.write_atomic(folder / REQUEST, msgspec.json.encode(request))
    try:
        output = bounded_child.run(words, folder / "child.log", stopping, FAILED)
        answer = _ANSWER.decode(output.splitlines()[-1])
    except (MalformedJson, IndexError) as error:
        raise RunError(FAILED, received=error) from error
    if answer.error:
        raise RunError(answer.error, received=answer.received, remedy=answer.remedy)
    return answer.result
