"""`coach`: what to try after a run, read off its curves and data; with `--out` ready for `train --config`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tlcore import config as configuration
from tlcore.coach import gather
from tlcore.coach.suggestion import no_suggestion, suggest
from tlcore.commands.shared.paths import add_output, open_output, own_path
from tlcore.errors import RunError
from tlcore.runs.job import ALIVE
from tlcore.runs.run import Run, runs
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run, and where the suggested settings go."""
    parser.add_argument("run", type=own_path)
    add_output(parser, "--out", "write its settings there, for train --config")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """The suggestion, or why there is none.

    Raises:
        RunError: the run is at work, or a file was asked for and there is nothing to write into it.
    """
    run = Run.existing(Path(args.run).absolute())
    if BACKEND.status(run).state in ALIVE:
        remedy = "Wait until it has ended, or stop it."
        raise RunError("This run is still at work.", received=run.id, remedy=remedy)
    evidence = gather.gather_evidence(run, _others(run))
    suggestion = suggest(evidence)
    result: dict[str, Any] = {"run": str(run.folder)}
    if suggestion is None:
        said = no_suggestion(evidence)
        if args.out:
            raise RunError(said)
        return result | {"rule": "", "finding": said, "advice": "", "why": "", "changes": []}
    if args.out:
        with open_output(Path(args.out), args.force) as file:
            file.write(configuration.to_json(suggestion.config).decode())
        result["config"] = str(Path(args.out).absolute())
    return result | {
        "rule": suggestion.rule,
        "finding": suggestion.finding,
        "advice": suggestion.advice,
        "why": suggestion.why,
        "changes": [
            {"setting": change.setting, "old": change.old, "new": change.new} for change in suggestion.changes
        ],
    }


def _others(run: Run) -> list[Run]:
    """The runs beside it and those of the workspace."""
    folders = {run.folder.parent.resolve(), Workspace().runs.resolve()}
    found = {other.folder.resolve(): other for folder in folders for other in runs(folder)}
    return [other for folder, other in found.items() if folder != run.folder.resolve()]


def render(result: dict[str, Any]) -> str:
    """For a terminal: what was seen, what to do, and the changes."""
    lines = [result["finding"]]
    if result["advice"]:
        lines.append(f"{result['advice']} {result['why']}".strip())
    lines += [f"  {change['setting']}: {change['old']} → {change['new']}" for change in result["changes"]]
    if "config" in result:
        lines.append(f"All settings: {result['config']}")
    return "\n".join(lines)
