"""Making an export: the model is asked, written in the format, and the file is proven in a fresh process.

What is there already of the same model is not made again: an export that was cut off goes on.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np

from tlcore import system
from tlcore.data.manifest import Example
from tlcore.errors import GraftError, RunError
from tlcore.export import writers
from tlcore.export.folder.files import text_files
from tlcore.export.model_export import ModelExport, remove
from tlcore.export.proof import answers as comparisons
from tlcore.export.proof import prove, script
from tlcore.export.proof.answers import Agreement
from tlcore.export.proof.ask import Questions
from tlcore.export.proof.examples import ProofExamples
from tlcore.export.proof.proof import Proof, refusal
from tlcore.export.proof.prove import FileAnswers
from tlcore.file_set import PART
from tlcore.graft.predict.predictor import LoadedModel, load
from tlcore.runs.job import Reporter
from tlcore.runs.run import Run

TIMED = 20  # examples whose time is measured


class Stop(Exception):
    """Somebody asked to stop."""


def make(export: ModelExport, reporter: Reporter) -> Proof | None:
    """Write the file and prove it; returns the proof, which may refuse the file. None: it was stopped.

    Raises:
        RunError: the model cannot be written in this format.
        WeightsError: what the format needs cannot be fetched.
        DataError: the examples are gone.
    """
    try:
        return _make(export, reporter)
    except Stop:
        return None


def _make(export: ModelExport, reporter: Reporter) -> Proof:
    proof = export.proof()
    if proof and (proof.refusal or export.file.exists()):
        return proof
    for left in export.folder.glob(f"{PART}*"):  # by one that was killed
        remove(left)
    examples = ProofExamples(export.run)
    reporter.stage("loading", "Loading the model")
    model = load(export.run)
    before = _Before(model, examples)
    before.ask(reporter, lambda: _heed(export))
    if not export.was_written():
        reporter.stage("writing", f"Writing {export.format.title}")
        _write(model, examples, export)
    _heed(export)
    proof = _prove(export, examples, before, reporter)
    system.write_atomic(export.folder / "proof.json", msgspec.json.encode(proof) + b"\n")
    if proof.refusal:
        export.drop_file()
    return proof


def _heed(export: ModelExport) -> None:
    if export.stop_requested():
        raise Stop


class _Before:
    """The model's own `answers` (n, …) to all examples, and `milliseconds` for one."""

    def __init__(self, model: LoadedModel, examples: ProofExamples) -> None:
        self._model, self._examples = model, examples.all
        self._load = model.row_loader(examples.dataset, examples.all)
        self.answers = np.zeros(0)
        self.milliseconds = 0.0

    def ask(self, reporter: Reporter, heed: Callable[[], None]) -> None:
        total, step, found = len(self._examples), self._model.stages.AT_ONCE, []
        reporter.stage("asking", "Asking the model", total=total)
        for at in range(0, total, step):
            heed()
            done = min(at + step, total)
            found.append(self._model.numbers(self._load(np.arange(at, done))))
            reporter.progress(done, total, f"Asking the model · {done:,} of {total:,}")
        self.answers = np.concatenate(found) if found else self.answers
        self.milliseconds = self._median()

    def _median(self) -> float:
        """Milliseconds for one example alone, without decoding."""
        times = [0.0] * (not self._examples)
        for row in range(min(TIMED, len(self._examples))):
            inputs = self._load(np.array([row]))
            began = time.perf_counter()
            self._model.numbers(inputs)
            times.append(time.perf_counter() - began)
        return 1000 * float(np.median(times))


def _write(model: LoadedModel, examples: ProofExamples, export: ModelExport) -> None:
    load = model.row_loader(examples.dataset, examples.training)

    def calibration() -> Iterator[np.ndarray]:
        return (load(np.array([row])) for row in range(len(examples.training)))

    with tempfile.TemporaryDirectory(dir=export.folder, prefix=PART) as folder:
        part = Path(folder) / export.format.file
        try:
            if export.format.inside:
                _fill(part, model, export)
            else:
                writers.write(model.model, export.format, part, calibration)
        except GraftError:
            raise
        except Exception as error:
            raise RunError(
                f"This network cannot be written as {export.format.title}.",
                received=f"{type(error).__name__}: {error}",
                remedy="Take another format.",
            ) from error
        export.put(part)


def _fill(folder: Path, model: LoadedModel, export: ModelExport) -> None:
    """Make the folder that runs elsewhere, with the file of the model's own export where there is one."""
    inside = export.format.model
    earlier = ModelExport(export.run, inside.id)
    folder.mkdir()
    if inside.id == "keras":
        shutil.copyfile(export.run.model, folder / inside.file)
    elif earlier.was_written():
        shutil.copyfile(earlier.file, folder / inside.file)
    else:
        writers.write(model.model, inside, folder / inside.file, tuple)  # none of them rounds
    for name, content in text_files(export.run, export.format).items():
        (folder / name).write_bytes(content)


def _prove(export: ModelExport, examples: ProofExamples, before: _Before, reporter: Reporter) -> Proof:
    reporter.stage("proving", "Asking the file", total=len(examples.all))

    def counting(done: int, total: int) -> None:
        reporter.progress(done, total, f"Asking the file · {done:,} of {total:,}")

    asked = examples.questions()
    with tempfile.TemporaryDirectory(dir=export.folder, prefix=PART) as work:
        answers = _answers(export, examples, asked, Path(work), counting)
        if answers is None:
            raise Stop
        own = script.as_script_says(export.run, before.answers) if export.format.inside else before.answers
        splits = _agreements(export.run, examples.asked, answers.answers, own)
    return Proof(
        edition=export.edition(),
        format=export.format.id,
        size=export.bytes(),
        size_before=export.run.model.stat().st_size,
        milliseconds=answers.milliseconds,
        milliseconds_before=before.milliseconds,
        splits=splits,
        refusal=refusal(export.format, splits),
    )


def _answers(
    export: ModelExport,
    examples: ProofExamples,
    asked: Questions,
    work: Path,
    on_progress: Callable[[int, int], None],
) -> FileAnswers | None:
    """The answers of the file in its own runtime, or of the folder's own script; None: it was stopped."""
    stopping = export.stop_requested
    if export.format.inside:
        return script.prove(export.run, export.file, work, examples.all, asked, on_progress, stopping)
    return prove.ask(export.format.runtime, export.file, asked, on_progress, stopping)


def _agreements(
    run: Run, asked: dict[str, list[Example]], answers: np.ndarray, before: np.ndarray
) -> dict[str, Agreement]:
    """The agreement for each split; the answers come split after split."""
    at, splits, comparison = 0, {}, comparisons.of(run.task)
    for split, some in asked.items():
        part = slice(at, at + len(some))
        splits[split] = comparison.agreement(run, some, answers[part], before[part])
        at = part.stop
    return splits
