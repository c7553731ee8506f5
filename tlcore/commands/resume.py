"""`resume`: go on with a run or an experiment that was stopped or killed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tlcore.commands import experiment, train
from tlcore.commands.shared.lines import key_value_lines
from tlcore.commands.shared.paths import own_path
from tlcore.runs.experiments.experiment import Experiment
from tlcore.runs.run import Run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder of the run or experiment."""
    parser.add_argument("run", type=own_path)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Go on where it stood."""
    folder = Path(args.run).absolute()
    earlier = Experiment(folder)
    if earlier.file.is_file():
        return experiment.run_experiment(earlier, earlier.record().asked)
    return train.work(Run.existing(folder))


def render(result: dict[str, Any]) -> str:
    """The result as the command shows it that began it."""
    return experiment.render(result) if "experiment" in result else key_value_lines(result)
