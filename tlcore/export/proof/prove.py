"""Proving an exported file, from outside: the fresh process is started, watched, and its answers compared."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from tlcore.errors import RunError, printable
from tlcore.export.formats import term_branch, word_pieces
from tlcore.export.formats.formats import RuntimeName
from tlcore.export.proof.ask import Questions
from tlcore.runs.workers.local_backend import child_environment

LOOK_EVERY = 0.2  # seconds


@dataclass(frozen=True)
class FileAnswers:
    """Answers (n, …), and the median milliseconds for one example.

    Class maps that a script drew are paths, (n,).
    """

    answers: np.ndarray
    milliseconds: float


def ask(
    runtime: RuntimeName,
    file: Path,
    questions: Questions,
    on_progress: Callable[[int, int], None],
    stopping: Callable[[], bool],
) -> FileAnswers | None:
    """The answers of a file in its own runtime; None when `stopping` said so before the end.

    Raises:
        RunError: the file cannot be opened or asked; says why.
    """
    total = len(questions.pictures) + len(questions.texts)
    with tempfile.TemporaryDirectory() as folder:
        asked, out, said = (Path(folder) / name for name in ("questions.json", "out", "said"))
        answers = Path(folder) / "answers.npz"
        asked.write_bytes(_of_file(questions, runtime, file, answers))
        command = [sys.executable, "-m", "tlcore.export.proof.ask", str(asked)]
        with (
            out.open("wb") as output,
            said.open("wb") as errors,
            subprocess.Popen(command, stdout=output, stderr=errors, env=child_environment()) as child,
        ):
            while child.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(LOOK_EVERY)
                if stopping():
                    child.kill()
                    return None
                on_progress(_count(out), total)
        if child.returncode:
            raise RunError(
                "The file cannot be opened by its own runtime.", received=last_line(said.read_bytes())
            )
        with np.load(answers) as found:
            return FileAnswers(found["answers"], float(found["milliseconds"]))


def _of_file(questions: Questions, runtime: RuntimeName, file: Path, answers: Path) -> bytes:
    """The questions as the process reads them that asks `file`, and writes to `answers`."""
    tokenizer, terms = (file.with_name(name) for name in (word_pieces.FILE, term_branch.FILE))
    whole = msgspec.structs.replace(
        questions,
        runtime=runtime,
        file=str(file),
        answers=str(answers),
        tokenizer=str(tokenizer) if tokenizer.exists() else "",
        terms=str(terms) if terms.exists() else "",
    )
    return msgspec.json.encode(whole)


def _count(out: Path) -> int:
    lines = out.read_text().split()
    return int(lines[-1]) if lines else 0


def last_line(said: bytes) -> str:
    """The last line that a process wrote, to be shown."""
    lines = said.decode(errors="replace").strip().splitlines()
    return printable(lines[-1], 300) if lines else "it ended without a word"
