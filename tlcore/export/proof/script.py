"""The proof of a folder that runs elsewhere: its `predict.py` is asked in a process without our package.

The script gets the examples' files as they came, and what it prints becomes answers as other proofs compare
them. It leaves out boxes below the threshold, and so must the model's own answers beside it.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from tlcore.data.images.placement import letterbox
from tlcore.data.manifest import Example
from tlcore.errors import RunError
from tlcore.export.proof.answers.boxes import EDGES, NUMBER, SCORE
from tlcore.export.proof.ask import Questions
from tlcore.export.proof.prove import FileAnswers, last_line
from tlcore.runs.run import Run
from tlcore.runs.workers.local_backend import child_environment

# The questions come by standard input: a command line has an end. `-I`: no folder of ours is on the path.
LAUNCH = (
    "import json, runpy, sys; script = sys.argv[1]; sys.argv = [script, *json.load(sys.stdin)];"
    "runpy.run_path(script, run_name='__main__')"
)
COLUMNS = 6  # of a box, in `BOXES` rows
BOXES = 100


def ask(
    folder: Path,
    work: Path,
    asked: Sequence[str],
    on_progress: Callable[[int, int], None],
    stopping: Callable[[], bool],
) -> tuple[list[dict[str, Any]], float] | None:
    """The answers of a folder's script to these files or texts, and the median milliseconds for one of them,
    with decoding; None when `stopping` said so before the end.

    Args:
        work: the folder in which it runs, and writes what it writes.

    Raises:
        RunError: it failed, or could not read an example.
    """
    said: list[dict[str, Any]] = []
    times = [time.perf_counter()]
    with (
        tempfile.TemporaryFile() as errors,
        _started(folder / "predict.py", work, errors) as child,
    ):
        assert child.stdin and child.stdout
        with contextlib.suppress(BrokenPipeError), child.stdin:  # it may have failed at once
            json.dump(asked, child.stdin)
        for line in child.stdout:
            if stopping():
                child.kill()
                return None
            if line.startswith("{"):
                said.append(json.loads(line))
                times.append(time.perf_counter())
                on_progress(len(said), len(asked))
        if child.wait() or len(said) != len(asked):
            errors.seek(0)
            raise RunError("The script of the folder failed.", received=last_line(errors.read()))
    _check_read(said)
    return said, _milliseconds(times)


def _milliseconds(times: Sequence[float]) -> float:
    """The median between two answers, without the first, which loads the model; of one answer all of it."""
    spans = [after - before for before, after in itertools.pairwise(times[1:])]
    return 1000 * statistics.median(spans or [times[-1] - times[0]])


def _started(script: Path, work: Path, errors: IO[bytes]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-I", "-c", LAUNCH, str(script)],
        cwd=work,
        env=child_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        encoding="utf-8",
    )


def _check_read(said: list[dict[str, Any]]) -> None:
    for answer in said:
        if "error" in answer:
            raise RunError("The script of the folder cannot read an example.", received=answer["error"])


def prove(
    run: Run,
    folder: Path,
    work: Path,
    examples: Sequence[Example],
    questions: Questions,
    on_progress: Callable[[int, int], None],
    stopping: Callable[[], bool],
) -> FileAnswers | None:
    """The answers of a folder's script to these examples, as `answers` compares them; errors as for `ask`."""
    found = ask(folder, work, questions.pictures or questions.texts, on_progress, stopping)
    if found is None:
        return None
    said, milliseconds = found
    if run.task == "segmentation":
        maps = [work / f"{Path(one['path']).stem}-areas.png" for one in said]
        return FileAnswers(np.array(maps, dtype=object), milliseconds)
    labels = run.labels()
    if run.task == "detection":
        pairs = zip(said, examples, strict=True)
        rows = [_box_rows(one["boxes"], labels, example, questions.size) for one, example in pairs]
    else:
        rows = [np.array([one["chances"][label] for label in labels], np.float32) for one in said]
    return FileAnswers(np.stack(rows), milliseconds)


def _box_rows(boxes: list[dict[str, Any]], labels: Sequence[str], example: Example, size: int) -> np.ndarray:
    """Boxes in pixels of the picture as rows in pixels of the input, (100, 6); the rest is 0."""
    rows = np.zeros((BOXES, COLUMNS), np.float32)
    for row, box in zip(rows, boxes, strict=False):
        edges = np.array([[box[edge] for edge in ("left", "top", "right", "bottom")]])
        row[EDGES] = letterbox(example.width, example.height, size).boxes(edges)[0]
        row[SCORE], row[NUMBER] = box["score"], labels.index(box["label"])
    return rows


def as_script_says(run: Run, answers: np.ndarray) -> np.ndarray:
    """The model's own answers without what a script leaves out: boxes below the threshold."""
    if run.task != "detection":
        return answers
    return np.where(answers[..., SCORE, None] >= run.threshold(), answers, 0)
