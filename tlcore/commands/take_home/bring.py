"""`bring`: a plain `.keras` classifier from elsewhere is looked at, tried on pictures, and made a run."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Any

import msgspec

from tlcore.commands.shared.datasets import existing_path, open_data, record_outcome
from tlcore.commands.shared.paths import own_path, path
from tlcore.commands.shared.uploads import naming_source, removing_source
from tlcore.data.dataset import Dataset
from tlcore.data.names import clean_text
from tlcore.errors import ConfigError, RunError
from tlcore.export.hand_on.opening import check_free, sweep
from tlcore.export.hand_on.unpack import STOPPED
from tlcore.foreign import candidate as candidates
from tlcore.foreign.candidate import ModelCandidate
from tlcore.foreign.facts import ANSWERS, RANGES, USUAL_SIZE, ModelAnswers, labels_of, sentence
from tlcore.foreign.trial import ModelTrial
from tlcore.records import MalformedJson
from tlcore.runs.job import Reporter
from tlcore.workspace import Workspace, new_id

MOST_LABELS_BYTES = 5_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, what it lacks, the pictures, and what a page adds."""
    parser.add_argument("file", type=path, nargs="?", help="a `.keras` file")
    labels = parser.add_mutually_exclusive_group()
    labels.add_argument("--labels", nargs="+", metavar="LABEL", help="in the order of the model's outputs")
    labels.add_argument("--labels-file", type=path, metavar="FILE", help="the same, one in each line")
    text = "pixels that the model wants: " + ", ".join(f"{id} ({said})" for id, said in RANGES.items())
    parser.add_argument("--pixels", choices=tuple(RANGES), help=text)
    parser.add_argument("--size", type=int, help="of its pictures, where any goes")
    parser.add_argument("--try-on", type=path, metavar="DATA", help="labelled pictures to try it on")
    parser.add_argument("--version", type=int, help=argparse.SUPPRESS)  # of that data set, for pages
    parser.add_argument("--use", action="store_true", help="make it a run")
    parser.add_argument("--out", type=own_path, help="the folder of the run (default: one in the workspace)")
    parser.add_argument("--job", type=own_path, metavar="FOLDER", help="where it says how far it is")
    parser.add_argument("--answers", type=path, help=argparse.SUPPRESS)  # JSON, for pages
    parser.add_argument("--pictures", action="store_true", help=argparse.SUPPRESS)  # of the job
    parser.add_argument("--called", metavar="NAME", default="", help="of the file, where a renamed copy")
    parser.add_argument("--remove-source", action="store_true", help="delete the file once all is done")
    parser.set_defaults(not_sent=None)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Look at the file, and try and use it as far as is asked."""
    if not (args.file or args.job):
        raise ConfigError("There is no model.", remedy="Name a `.keras` file.")
    workspace = Workspace()
    sweep(candidates.candidates(workspace))
    if args.out:
        check_free(Path(args.out))
    data = _data(args, workspace)
    candidate = ModelCandidate(Path(args.job)) if args.job else ModelCandidate.new(workspace)
    try:
        return record_outcome(candidate.folder, lambda _, r: _steps(candidate, args, data, r), STOPPED)
    finally:
        if not args.job:
            shutil.rmtree(candidate.folder, ignore_errors=True)


def _data(args: argparse.Namespace, workspace: Workspace) -> tuple[Dataset, int] | None:
    if args.try_on is None:
        return None
    dataset = open_data(Path(args.try_on), workspace)
    return dataset, args.version or dataset.latest


def _steps(
    candidate: ModelCandidate, args: argparse.Namespace, data: tuple[Dataset, int] | None, reporter: Reporter
) -> dict[str, Any]:
    if args.file:
        _look(candidate, args, reporter)
    facts = candidate.require_facts()
    result: dict[str, Any] = {"found": sentence(facts), "facts": msgspec.to_builtins(facts)}
    answers = _answers(args, data)
    if answers is None:
        return result
    if data or args.pictures:
        result["trial"] = msgspec.to_builtins(candidate.try_on(answers, data, reporter))
    if args.use:
        answers = _with_range(answers, args, candidate.trial())
        name = args.called or (Path(args.file).name if args.file else facts.name)
        target = Path(args.out or Workspace().runs / new_id(Path(name).stem))
        result["run"] = str(candidate.use(answers, data, target, reporter))
    return result


def _look(candidate: ModelCandidate, args: argparse.Namespace, reporter: Reporter) -> None:
    file = existing_path(Path(args.file))
    if not file.is_file():
        raise RunError("That is no `.keras` file.", received=file)
    with removing_source(file, args), naming_source(file, args.called):
        candidate.look(file, args.called or file.name, reporter)


def _answers(args: argparse.Namespace, data: tuple[Dataset, int] | None) -> ModelAnswers | None:
    """The answers of a person; None: none. Labels that nobody gave are those of the data set."""
    if args.answers:
        try:
            return ANSWERS.read(Path(args.answers))
        except (OSError, MalformedJson) as error:
            raise ConfigError("What was said of the model cannot be read.", received=error) from error
    labels = tuple(clean_text(label) for label in args.labels or ())
    if args.labels_file:
        labels = labels_of(_text(Path(args.labels_file)))
    if not labels and data:
        labels = data[0].read(data[1]).classes
    if not labels:
        if args.use:
            raise ConfigError("The model does not say what its classes are called.", remedy="Give --labels.")
        return None
    return ModelAnswers(labels=labels, pixels=args.pixels or "bytes", size=args.size or USUAL_SIZE)


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_LABELS_BYTES).decode("utf-8-sig", "replace")
    except OSError as error:
        raise ConfigError("The file of labels cannot be read.", received=file) from error


def _with_range(answers: ModelAnswers, args: argparse.Namespace, trial: ModelTrial | None) -> ModelAnswers:
    """The answers with the pixel range that was given, or that the trial has shown.

    Raises:
        ConfigError: neither is there.
    """
    if args.pixels or args.answers:
        return answers
    if trial and (best := trial.best):
        return msgspec.structs.replace(answers, pixels=best)
    raise ConfigError(
        "Nobody said which pixels the model wants.",
        remedy="Give --pixels, or --try-on labelled pictures that show it.",
    )


def render(result: dict[str, Any]) -> str:
    """The facts, the right answers by pixel range, and where the run is."""
    lines = [result["found"]]
    if trial := result.get("trial"):
        for score in trial["scores"] if trial["n"] else ():
            lines.append(f"  {RANGES[score['pixels']]}: {score['right']} of {trial['n']} right")
    if "run" in result:
        lines.append(f"It is a run now: {result['run']}")
    else:
        lines.append(
            "Add --use to make it a run." if trial else "Give --labels, and --try-on DATA to try it."
        )
    return "\n".join(lines)
