"""The other side of `processes.WarmCommands`: a command per line of JSON, run by `tlcore.__main__.main`.

Standard input, output and error are files of their own for each command, native libraries' output included.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from typing import IO, Any

from tlcore.__main__ import main


def serve() -> None:
    """Answer until the input ends."""
    asked = os.fdopen(os.dup(0), "r")
    answers = os.fdopen(os.dup(1), "w")
    for line in asked:
        answers.write(json.dumps(run(json.loads(line))) + "\n")
        answers.flush()


def run(asked: dict[str, Any]) -> dict[str, Any]:
    """One command."""
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["cwd"])
    files = [tempfile.TemporaryFile() for _ in range(3)]  # noqa: SIM115  closed when they have been read
    files[0].write(bytes.fromhex(asked["stdin"]))
    files[0].seek(0)
    with standard_streams(files):
        code = end_of(asked["words"])
    out, err = map(content, files[1:])
    return {"code": code, "out": out, "err": err}


def end_of(words: list[str]) -> int:
    """The exit code that Python would give the process."""
    try:
        return main(words)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1


@contextlib.contextmanager
def standard_streams(files: Sequence[IO[bytes]]) -> Iterator[None]:
    """These files as standard input, output and error."""
    for number, file in enumerate(files):
        os.dup2(file.fileno(), number)
    kept = sys.stdin, sys.stdout, sys.stderr
    sys.stdin = io.TextIOWrapper(os.fdopen(os.dup(0), "rb"))
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(os.fdopen(os.dup(n), "wb"), write_through=True) for n in (1, 2)
    )
    try:
        yield
    finally:
        for stream in (sys.stdin, sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.close()
        sys.stdin, sys.stdout, sys.stderr = kept


def content(file: IO[bytes]) -> str:
    with file:
        file.seek(0)
        return file.read().decode(errors="replace")


if __name__ == "__main__":
    serve()
