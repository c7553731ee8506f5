"""`find-rate`: which learning rate suits each phase of training; what the button on the Model page starts."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path
from typing import Any

import msgspec

from tlcore import config as configuration
from tlcore import system
from tlcore.commands.shared.datasets import add_columns, columns_of, open_data
from tlcore.commands.shared.job_worker import in_turn, logging_to
from tlcore.commands.shared.paths import own_path, path
from tlcore.commands.train import check, check_start, for_task
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.defaults import with_defaults
from tlcore.errors import RunError
from tlcore.runs.job import JobState, Reporter
from tlcore.runs.lr_search import LrSearch
from tlcore.runs.queue import RATE_SEARCH
from tlcore.workspace import Workspace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """DATA, the search's folder and the settings to search for."""
    parser.add_argument("data", type=path, help="as for train")
    parser.add_argument(
        "--out", type=own_path, required=True, help="the search's folder; an earlier one in it is replaced"
    )
    parser.add_argument(
        "--config", type=path, help="a config.json; its learning rates are what is looked for"
    )
    add_columns(parser)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Try learning rates, in the foreground; what an earlier search left in the folder is replaced."""
    config = RunConfig() if args.config is None else configuration.read(args.config)
    check(config)
    search = LrSearch(Path(args.out).absolute())
    search.check_free()
    dataset = open_data(Path(args.data), Workspace(), columns_of(args))
    manifest = dataset.read()
    config = with_defaults(for_task(config, manifest.task, chosen=False), manifest)
    check(config)
    check_start(config, manifest)
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(system.file_lock(search.folder / ".lock", timeout=2))
        except TimeoutError as error:
            raise RunError("This search is at work already.", received=search.id) from error
        LrSearch.prepare(search.folder, msgspec.structs.replace(config, data=str(dataset.folder)))
        held.enter_context(logging_to(search))
        return _guarded(search, dataset)


def _guarded(search: LrSearch, dataset: Dataset) -> dict[str, Any]:
    found: dict[str, Any] = {"phases": []}

    def find_it(reporter: Reporter) -> tuple[JobState, str]:
        with system.stderr_to(search.log):
            from tlcore.graft import lr_finder  # after the queue: those who wait use no memory

        record = lr_finder.execute(search, dataset, reporter)
        if record is None:
            return "cancelled", "Stopped"
        search.write(record)
        found.update(msgspec.to_builtins(record))
        return "done", "Ready"

    state = in_turn(search, RATE_SEARCH, find_it)
    return {"search": str(search.folder), "state": state} | found


def render(result: dict[str, Any]) -> str:
    """The suggestions as lines to read."""
    lines = [f"{'phase':12} {'rate':>8}  why"]
    for curve in result["phases"]:
        rate = "–" if curve["suggested"] is None else f"{curve['suggested']:g}"
        lines.append(f"{curve['phase']:12} {rate:>8}  {curve['reason']}")
    lines.append("Stopped." if result["state"] == "cancelled" else f"The curves are in {result['search']}.")
    return "\n".join(lines)
