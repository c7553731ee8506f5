"""A batch: many pictures or texts that one model answers for, or two side by side, as a job of its own.

Its folder below the workspace's `batches/` holds `batch.json` (what was asked), `answers.jsonl` (a row for
each input, appended as they come), `thumbs/`, and what every job has. A page reads it at any moment; whoever
starts the command again after its process died goes on behind the last row that is whole.
"""

from __future__ import annotations

import contextlib
import itertools
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from tlcore import system
from tlcore.records import JsonType, MalformedJson
from tlcore.runs.job import ALIVE, Job
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace.refusals import list_folder, writing

FILE, ROWS, THUMBS, WORK = "batch.json", "answers.jsonl", "thumbs", "work"
MOST = 20_000  # inputs of one batch
KEPT = 10  # batches; of more the oldest go


class BatchRequest(msgspec.Struct, frozen=True):
    """The request for a batch.

    Attributes:
        name: of what was sent, as people know it.
        runs: the folders of the one or two runs that answer, in the order of the answers.
        source: the file or folder with the inputs.
        not_sent: names that the browser could not read: they are among the rows, with that as the reason.
    """

    name: str
    runs: tuple[str, ...]
    source: str
    not_sent: tuple[str, ...] = ()


class ModelAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One model's answer: chances from 0 to 1, the time of it in milliseconds, reading the input included."""

    label: str
    confidence: float
    second: str = ""
    second_confidence: float = 0.0
    milliseconds: float = 0.0
    unknown: bool = False


class FullAnswer(ModelAnswer, frozen=True, omit_defaults=True):
    """The same with the chance of every class: of a thousand classes it is a hundred times as large."""

    probabilities: dict[str, float] = {}


class RowHead(msgspec.Struct, frozen=True, omit_defaults=True):
    """One input: its name, and the reason why there is no answer; "": there is one."""

    name: str
    error: str = ""


AnswerT = TypeVar("AnswerT", bound=msgspec.Struct)


class BatchRow(msgspec.Struct, Generic[AnswerT], frozen=True, omit_defaults=True):
    """One input: an answer for each run, or the reason why there is none. `text`: what it says, of a text.

    `width` and `height`: of a picture in pixels, where answers say where things are in it.
    """

    name: str
    text: str = ""
    error: str = ""
    answers: tuple[AnswerT, ...] = ()
    width: int = 0
    height: int = 0


RowT = TypeVar("RowT", bound=msgspec.Struct)
ASKED = JsonType(BatchRequest)
HEADS = JsonType(RowHead)
NAMED = JsonType(BatchRow[ModelAnswer])
FULL = JsonType(BatchRow[FullAnswer])


def row_of(name: str, answers: Sequence[dict[str, Any]]) -> BatchRow[FullAnswer]:
    """The row of one input from what each model answered, as `Answerer` does, with `milliseconds` besides."""
    error = next((answer["error"] for answer in answers if "error" in answer), "")
    if error:
        return BatchRow(name, error=error)
    return BatchRow(name, answers[0].get("text", ""), answers=tuple(map(_given, answers)))


def _given(answer: dict[str, Any]) -> FullAnswer:
    chances = {label: round(chance, 6) for label, chance in answer["probabilities"].items()}
    second = next((label for label in chances if label != answer["label"]), "")
    return FullAnswer(
        answer["label"],
        answer["confidence"],
        second,
        chances.get(second, 0.0),
        answer["milliseconds"],
        bool(answer.get("unknown", False)),
        chances,
    )


class Batch(Job):
    """A batch's folder."""

    @property
    def rows_file(self) -> Path:
        return self.folder / ROWS

    @property
    def work(self) -> Path:
        """The folder of inputs while they are answered."""
        return self.folder / WORK

    def thumbnail(self, number: int) -> Path:
        """The small picture of the row with that number, from 0; texts have none."""
        return self.folder / THUMBS / f"{number:06d}.jpg"

    def prepare(self, asked: BatchRequest) -> None:
        """Write down what is asked, unless it is written down: then the batch goes on.

        Raises:
            RunError: the folder holds another batch, or something else.
        """
        if self.check_asked(asked):
            return
        with writing():
            self.folder.mkdir(parents=True, exist_ok=True)
            system.write_atomic(self.folder / FILE, msgspec.json.encode(asked) + b"\n")

    def check_asked(self, asked: BatchRequest) -> bool:
        """Tell whether this request is written down already.

        Raises:
            RunError: as `prepare`.
        """
        before = self.asked()
        if before and (before.runs, before.source) == (asked.runs, asked.source):
            return True
        self.check_place()
        return False

    def asked(self) -> BatchRequest | None:
        """The request; None where it is not written down."""
        return ASKED.read_or(self.folder / FILE, None)

    def rows(self) -> list[BatchRow[ModelAnswer]]:
        """The answers so far, of a model of classes."""
        return self.read(NAMED)

    def full(self, numbers: Sequence[int]) -> Iterator[BatchRow[FullAnswer]]:
        """The rows with these numbers, with the chance of every class."""
        return self.read_full(numbers, FULL)

    def read(self, kind: JsonType[RowT]) -> list[RowT]:
        """The answers so far, as much of each as the type holds; a half-written last line is left out."""
        found: list[RowT] = []
        # Gone, or not ours: what came before it counts.
        with contextlib.suppress(OSError, MalformedJson), self.rows_file.open("rb") as file:
            found.extend(kind.decode(line) for line in file if line.endswith(b"\n"))
        return found

    def read_full(self, numbers: Sequence[int], kind: JsonType[RowT]) -> Iterator[RowT]:
        """The rows with these numbers, from 0, in this order. One at a time: all of a large batch would not
        fit into memory.
        """
        with self.rows_file.open("rb") as file:
            starts = [0, *itertools.accumulate(map(len, file))]
            for number in numbers:
                file.seek(starts[number])
                yield kind.decode(file.readline())

    def settle(self) -> int:
        """Cut off a half-written last row, so that others can be appended; returns how many there are."""
        try:
            whole = self.rows_file.read_bytes()
        except FileNotFoundError:
            return 0
        end = whole.rfind(b"\n") + 1
        if end != len(whole):
            with self.rows_file.open("r+b") as file:
                file.truncate(end)
        return whole.count(b"\n")

    def drop_inputs(self) -> None:
        """Delete the inputs once they are done with. A source that lies elsewhere is not ours."""
        shutil.rmtree(self.work, ignore_errors=True)
        asked = self.asked()
        source = Path(asked.source) if asked else self.folder
        if source.parent == self.folder and source.is_file():
            source.unlink(missing_ok=True)


def batches(root: Path, run: Run) -> list[Batch]:
    """The batches below `root` that this run answers, newest first."""
    found = []
    for batch in _all(root):
        asked = batch.asked()
        if asked and asked.runs[:1] == (str(run.folder),):
            found.append(batch)
    return found


def is_answering(root: Path, run: Run) -> bool:
    """Tell whether a batch below `root` that is at work needs this run."""
    return any(
        BACKEND.status(batch).state in ALIVE and str(run.folder) in asked.runs
        for batch in _all(root)
        if (asked := batch.asked())
    )


def sweep(root: Path, keep: int = KEPT) -> None:
    """Delete the oldest batches, so that at most `keep` are left; those at work stay."""
    for batch in _all(root)[keep:]:
        if BACKEND.status(batch).state not in ALIVE:
            shutil.rmtree(batch.folder, ignore_errors=True)


def _all(root: Path) -> list[Batch]:
    """Everything below `root` that is a batch, newest first."""
    found = [item for item in list_folder(root) if (item / FILE).is_file()]
    return [Batch(item) for item in sorted(found, key=lambda item: system.age(item / FILE))]
