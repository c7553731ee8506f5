"""`batch`: answer for many pictures or texts as a job; started again after it was cut off, it goes on.

The Predict page starts exactly this command. One batch is at work at a time; the others wait.
"""

from __future__ import annotations

import argparse
import contextlib
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from tlcore import system
from tlcore.commands.shared import help
from tlcore.commands.shared.answering import awake, encoded, lines_of, location, rows_of, source_of
from tlcore.commands.shared.datasets import existing_path
from tlcore.commands.shared.job_worker import in_turn, logging_to
from tlcore.commands.shared.lines import key_value_lines
from tlcore.commands.shared.paths import add_output, open_output, own_path
from tlcore.config.task import INPUTS
from tlcore.data.batch_inputs.chunks import InputChunk
from tlcore.data.batch_inputs.tasks import OPENERS
from tlcore.data.manifest import Task
from tlcore.data.task_words import WORDS
from tlcore.errors import DataError, RunError
from tlcore.runs.batches import coco_file, csv_table
from tlcore.runs.batches.batch import HEADS, MOST, Batch, BatchRequest
from tlcore.runs.batches.row_formats import FORMATS
from tlcore.runs.cluster.helping import AnswerWork
from tlcore.runs.cluster.shared_parts import SharedParts
from tlcore.runs.job import JobState, Reporter
from tlcore.runs.queue import BATCHES
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

THUMB_BYTES, DRAWABLE_BYTES = 6_000, 200_000  # a generous guess for a small picture, and one to draw on
NOT_SENT = "Your browser could not read it from the disk."


render = key_value_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run, the source, the batch's folder and a table for the answers."""
    parser.add_argument("run", type=own_path)
    parser.add_argument(
        "source", type=own_path, help="pictures in a folder or archive, or texts in a table or file"
    )
    parser.add_argument("--out", type=own_path, required=True, metavar="FOLDER", help="the batch's folder")
    parser.add_argument("--beside", type=own_path, metavar="RUN", help="a second run to answer")
    add_output(parser, "--csv", "write a table to this file at the end")
    add_output(parser, "--coco", "write boxes or areas to this COCO file at the end")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Answer for all inputs of a source; rows go to the batch's folder as they come."""
    runs = [Run.existing(Path(run).absolute()) for run in (args.run, args.beside) if run]
    for run in runs:
        run.require_model()
    if len({run.task for run in runs}) > 1:
        raise RunError(
            "These two models do different things, so their answers cannot stand side by side.",
            received=", ".join(run.task for run in runs),
            remedy="Choose two models of the same kind.",
        )
    if args.coco and not FORMATS[runs[0].task].has_places:
        raise RunError(
            "This model names classes, and a COCO file is for boxes or areas.",
            received="--coco",
            remedy="Take --csv.",
        )
    source = existing_path(Path(args.source))
    job = Batch(Path(args.out).absolute())
    asked = BatchRequest(source.name, tuple(str(run.folder) for run in runs), str(source))
    job.check_asked(asked)  # before the lock: it would be a file of ours in a folder of somebody else's
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(system.file_lock(job.folder / ".lock", timeout=2))
        except TimeoutError as error:
            raise RunError("This batch is at work already.", received=job.id) from error
        job.prepare(asked)
        held.enter_context(logging_to(job))
        state = _in_turn(job, runs)
    if state == "done":  # one that was stopped goes on, and its files would be in the way
        _write_files(args, job, runs)
    rows = job.read(HEADS)
    answered = sum(not row.error for row in rows)
    return {"batch": str(job.folder), "state": state, "answered": answered, "skipped": len(rows) - answered}


def _write_files(args: argparse.Namespace, job: Batch, runs: list[Run]) -> None:
    """The files that were asked for. Of two models the COCO file has the answers of the first."""
    rows = FORMATS[runs[0].task]
    numbers = range(len(job.read(HEADS)))
    if args.csv:
        models = [csv_table.table_model(run) for run in runs]
        with open_output(Path(args.csv), args.force) as file:
            rows.write_csv(job.read_full(numbers, rows.full), models, file)
    if args.coco:
        with open_output(Path(args.coco), args.force) as file:
            coco_file.write(lambda: job.read_full(numbers, rows.full), runs[0].labels(), file)


def _in_turn(job: Batch, runs: list[Run]) -> JobState:
    """Wait in a line of their own: answering does not wait for hours until a training ends."""

    def work(reporter: Reporter) -> tuple[JobState, str]:
        state = _work(job, runs, reporter)
        return state, "Stopped" if state == "cancelled" else "Ready"

    try:
        return in_turn(job, job.id, work, Workspace().shared.folder("queue", BATCHES), "batch")
    finally:
        job.drop_inputs()


def _work(job: Batch, runs: list[Run], reporter: Reporter) -> JobState:
    task = runs[0].task
    asked = job.asked()
    lost = [InputChunk((name,), refusal=NOT_SENT) for name in asked.not_sent] if asked else []
    done, before = job.settle(), len(lost)
    where = location(job, asked, runs, job.work, max(0, done - before))
    job.work.mkdir(exist_ok=True)
    reporter.stage("reading", f"Reading the {WORDS[task].many}")
    with OPENERS[INPUTS[task]](where, job.stop_requested) as inputs, contextlib.ExitStack() as held:
        total = before + inputs.total
        _check(job, total, task)
        reporter.stage("loading", "Waking the model", total=total)
        models = awake(runs)
        reporter.stage("answering", f"Answering for {WORDS[task].counted(total)}", total=total)
        request = held.enter_context(
            help.asked(job, AnswerWork(where.after, inputs.total, source_of(models)), runs, [where.source])
        )
        compute = partial(lines_of, where, models, task)
        shared = SharedParts(job.folder, request, compute, job.stop_requested).in_order() if request else ()
        alone = () if request else inputs.chunks
        lines = (encoded(rows_of(chunk, models, task)) for chunk in chain(lost[done:], alone))
        for some in chain(lines, shared):
            _append(job, some)
            done += some.count(b"\n")
            reporter.progress(done, total)
            if job.stop_requested():
                break
    return "done" if done >= total else "cancelled"


def _check(job: Batch, total: int, task: Task) -> None:
    """Refuse before anything is answered what is nothing, or too much.

    Raises:
        DataError: no inputs, or more than a batch may have.
        WorkspaceError: the disk cannot take their thumbnails.
    """
    if not total:
        asked = job.asked()
        raise DataError(f"There are no {WORDS[task].many} in it.", received=asked.name if asked else None)
    if total > MOST:
        raise DataError(
            f"There are {total:,} in it, and a batch may have {MOST:,}.", remedy="Send them in several parts."
        )
    each = DRAWABLE_BYTES if FORMATS[task].has_places else THUMB_BYTES
    Workspace().check_room(each * total, job.folder)


def _append(job: Batch, lines: bytes) -> None:
    with job.rows_file.open("ab") as file:
        file.write(lines)
