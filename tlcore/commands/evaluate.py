"""`evaluate`: score a finished run on labelled examples, for a terminal or stored with the run.

With `--job` it is the worker behind "Another folder" on the Evaluate page: what it finds lies in that folder
(`tlcore/runs/external_test.py`).
"""

from __future__ import annotations

import argparse
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from tlcore.commands.shared import datasets, scoring
from tlcore.commands.shared.lines import key_value_lines
from tlcore.commands.shared.paths import own_path, path
from tlcore.commands.shared.uploads import add_upload_options, naming_source, removing_source, skipped_names
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example
from tlcore.errors import DataError, GraftError, RunError
from tlcore.evaluate.report import Score
from tlcore.runs.cluster import helping
from tlcore.runs.external_test import ExternalTest, ExternalTestResult
from tlcore.runs.job import TAKEN, Job, Reporter
from tlcore.runs.run import Run
from tlcore.runs.split_assignment import commonest_class, splits_by_content
from tlcore.workspace import Workspace

Counting = Callable[[int, int], None]
LONG = ("predictions", "curves", "detection", "segmentation")  # parts of a score that no terminal is for


render = key_value_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run, the labelled examples, and where their answers go."""
    parser.add_argument("run", type=own_path)
    parser.add_argument("data", type=path)
    parser.add_argument(
        "--job", type=own_path, metavar="FOLDER", help="keep the answers there, and say how far it is"
    )
    add_upload_options(parser)
    datasets.add_columns(parser)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Score a run on labelled examples: the held-out ones where DATA has such, else all.

    `seen` counts those that the run trained on, where that can be told: they flatter the score.
    """
    run = Run.existing(Path(args.run))
    run.require_model()
    source = datasets.existing_path(Path(args.data))
    with removing_source(source, args):
        if args.job:
            outcome = _kept(run, source, args)
        else:
            with datasets.open_for_reading(source, Workspace(), datasets.columns_of(args)) as dataset:
                outcome = _scored(run, dataset, lambda: None, lambda done, total: None)
    result = msgspec.to_builtins(outcome.score)
    short = {key: value for key, value in result.items() if key not in LONG}
    return (
        short
        | outcome.score.task_metrics
        | {
            "unknown": outcome.unknown,
            "seen": None if outcome.seen is None else len(outcome.seen),
        }
    )


def _scored(
    run: Run,
    dataset: Dataset,
    on_loading: Callable[[], None],
    on_progress: Counting,
    test: ExternalTest | None = None,
) -> ExternalTestResult:
    """Ask the run's model about the examples of `dataset` that it is to be scored on.

    Args:
        on_loading: called before the model is loaded, once the examples are known to fit it.
        test: the job that others may help; None: nobody shall.

    Raises:
        DataError: there is nothing to ask.
    """
    manifest, case, edition = dataset.read(), scoring.score_case(run, dataset), run.edition()
    on_loading()
    return ExternalTestResult(
        name=manifest.name,
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        score=_score(run, dataset, case, on_progress, test),
        unknown=dict(case.strangers.most_common()),
        seen=_seen(run, case.examples),
        skipped=len(manifest.skipped),
        edition=edition,
    )


def _score(
    run: Run, dataset: Dataset, case: scoring.ScoreCase, on_progress: Counting, test: ExternalTest | None
) -> Score:
    model, examples, total = scoring.load(run), case.examples, len(case.examples)

    def counted(answers: scoring.Answers) -> scoring.Answers:
        for done, answer in enumerate(answers):
            if done % model.stages.AT_ONCE == 0:
                on_progress(done, total)
            yield answer
        on_progress(total, total)

    with scoring.answers(test, run, model, dataset, examples) as answers:
        return model.score(dataset, examples, case.split, counted(answers), commonest_class(run))


def _seen(run: Run, examples: list[Example]) -> tuple[str, ...] | None:
    """Examples that the run learned or chose its best epoch from; None: its data are gone."""
    try:
        places = splits_by_content(run.config())
    except GraftError:
        return None
    return tuple(e.sha256 for e in examples if places.get(e.sha256) in ("train", "validation"))


def _kept(run: Run, source: Path, args: argparse.Namespace) -> ExternalTestResult:
    """The same as a job, with what came of it left in its folder."""
    test = ExternalTest(Path(args.job).absolute())
    begun = test.has_ended_well or test.brought.exists()
    own = {"status.json", helping.FOLDER}  # of one that was killed
    test.check_place(own, "There is a test in that folder already." if begun else TAKEN)

    def act(job: Job, reporter: Reporter) -> ExternalTestResult:
        return _act(run, source, test, reporter, args)

    return datasets.record_outcome(test.folder, act, "The test was stopped.")


def _act(
    run: Run, source: Path, test: ExternalTest, reporter: Reporter, args: argparse.Namespace
) -> ExternalTestResult:
    """Read the data, ask, keep what was said."""

    def loading() -> None:
        _heed(test)
        reporter.stage("loading", "Loading the model")

    def counting(done: int, total: int) -> None:
        _heed(test)
        reporter.progress(done, total, f"Asking the model · {done:,} of {total:,}")

    if datasets.is_dataset(source):
        outcome = _scored(run, datasets.dataset_at(source), loading, counting, test)
        outcome = msgspec.structs.replace(outcome, data=str(source))
    else:
        _check_kind(run, source, args.called or source.name)
        dataset = _brought(source, test, reporter, args)
        try:
            outcome = _scored(run, dataset, loading, counting, test)
        finally:
            test.drop_originals()
    test.write(outcome)
    return outcome


def _check_kind(run: Run, source: Path, name: str) -> None:
    """Refuse a single file that holds no pictures for a model of pictures: as a table it would be told to get
    a column of labels, which would not help.
    """
    of_pictures = run.task == "images"
    if of_pictures and source.is_file() and not (zipfile.is_zipfile(source) or tarfile.is_tarfile(source)):
        raise DataError(
            "This model reads pictures, and this file is neither a ZIP nor a TAR file of pictures.",
            received=name,
            remedy="Bring a folder with one folder of pictures for each class, or an archive of the same.",
        )


def _brought(source: Path, test: ExternalTest, reporter: Reporter, args: argparse.Namespace) -> Dataset:
    """The data, imported to be scored only."""
    test.brought.mkdir()
    name = args.called or source.name
    with naming_source(source, args.called):
        datasets.import_into(
            source,
            test,
            reporter,
            name.rsplit(".", 1)[0].removesuffix(".tar") or name,
            folder=test.brought,
            for_training=False,
            columns=datasets.columns_of(args),
            shrunk_to=args.shrunk_to,
            source_name=args.called,
            unread_names=skipped_names(args.not_sent),
        )
    return Dataset(test.brought)


def _heed(test: ExternalTest) -> None:
    """Stop where somebody has asked for it."""
    if test.stop_requested():
        raise RunError("The test was stopped.")
