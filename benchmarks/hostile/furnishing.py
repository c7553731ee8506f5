"""A workspace with everything that pages read: files of runs, and the rest written by hand."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from unittest.mock import patch

from benchmarks.hostile.world import World, put
from tests.fixtures.finished_experiments import write_experiment, write_status
from tlcore.runs.job import Status
from tlcore.runs.run import Run

# Files that pages read, as patterns below the workspace; what is said of it in the table.
FILES = (
    *("datasets/c*/manifest.json", "datasets/c*/versions/2.json", "datasets/c*/status.json"),
    *("datasets/m*/manifest.json", "datasets/m*/texts.json", "datasets/c*/confirmed.json"),
    *("datasets/unfinished*/status.json", "datasets/c*/adding/*/added.json", "datasets/c*/train.log"),
    *("runs/c*a/config.json", "runs/c*a/status.json", "runs/c*a/metrics.jsonl", "runs/c*a/labels.json"),
    *("runs/c*a/report.json", "runs/c*a/study.json", "runs/c*a/notes.json", "runs/c*a/speed.json"),
    *("runs/c*a/decision.json", "runs/c*a/train.log", "runs/c*a/tests/*/test.json"),
    *("runs/c*a/tests/*/status.json", "runs/c*a/tests/*/data/manifest.json", "runs/m*/report.json"),
    *(
        "runs/m*/study.json",
        "runs/m*/config.json",
        "experiments/*/experiment.json",
        "experiments/*/status.json",
    ),
    *("batches/*/batch.json", "batches/*/answers.jsonl", "batches/*/status.json", "cache/speed-images.json"),
    *("cache/rates/*/config.json", "cache/rates/*/status.json", "cache/measure/status.json"),
)
MADE: dict[str, str] = {
    "datasets/{data}/status.json": '{"state": "done", "message": "Ready"}',
    "datasets/{data}/train.log": "Reading the pictures\n",
    "datasets/{data}/confirmed.json": "[]",
    "datasets/{data}/adding/add-1/added.json": '{"version": 2}',
    "datasets/{data}/adding/add-1/status.json": '{"state": "done", "started": 5.0}',
    "datasets/unfinished-20260101-090000-0000/status.json": '{"state": "failed", "error": "Full."}',
    "runs/{run}/notes.json": '{"name": "My first", "starred": true}',
    "runs/{run}/speed.json": '{"milliseconds": 14.2, "milliseconds_model": 12.5, "parameters": 2422597}',
    "runs/{run}/decision.json": '{"threshold": 0.5}',
    "cache/speed-images.json": '{"seconds": 0.01}',
    "cache/measure/status.json": '{"state": "done"}',
    "trash/1790000000~runs~gone-20260101-100000-cccc/config.json": "{}",
    "trash/odd ~ name/x": "",
}


def furnish(world: World, quick: bool) -> Path:
    """The workspace of the world, with all of it; in short without texts, tests and batches."""
    home, data, run = world.home, world.dataset, world.run
    if not quick:
        _ask(world)
    for name, content in MADE.items():
        path = home / name.format(data=data.name, run=run.name)
        if not path.exists():
            put(path, content.encode())
    _experiment(home, data)
    _second_run(run)
    missing = [pattern for pattern in FILES if not any(home.glob(pattern))]
    if missing and not quick:
        raise SystemExit(f"the workspace lacks {missing}")
    return home


def _ask(world: World) -> None:
    """The slow part: a second version, an external test, a batch, a run on texts."""
    home, data, run = world.home, world.dataset, world.run
    more = world.made("more")
    shutil.copytree(world.pictures / "amber", more / "amber")
    (more / "amber" / "new.png").write_bytes((world.pictures / "blue" / "00.png").read_bytes() + b"\0")
    world.command("import", more, "--into", data)
    world.command("evaluate", run, world.pictures, "--job", run / "tests" / "pictures-1")
    world.command("batch", run, world.pictures, "--out", home / "batches" / "pictures-1")
    rates = home / "cache" / "rates" / data.name
    put(rates / "config.json", (run / "config.json").read_bytes())
    put(rates / "status.json", b'{"state": "failed", "error": "No."}')
    assert world.text_run.is_dir()


def _experiment(home: Path, data: Path) -> None:
    """One that has ended, whose arms were never trained."""
    with patch.dict(os.environ, GRAFT_HOME=str(home)):
        write_experiment(data, "unfreeze")


def _second_run(run: Path) -> None:
    """Another run on the same data, at work as far as one can see."""
    other = run.with_name("coloured-20260102-110000-bbbb")
    put(other / "config.json", (run / "config.json").read_bytes())
    put(other / "metrics.jsonl", (run / "metrics.jsonl").read_bytes())
    write_status(Run(other), Status("running", stage="training", pid=os.getpid(), done=1, total=2))


def copy_workspace(home: Path, target: Path) -> Path:
    """A copy of the workspace to spoil: the paths in its files lead into the copy."""
    shutil.copytree(
        home, target, symlinks=True, ignore=shutil.ignore_patterns("features", "engines", "weights")
    )
    for path in target.rglob("*.json"):
        if path.is_file() and str(home).encode() in (content := path.read_bytes()):
            path.write_bytes(content.replace(str(home).encode(), str(target).encode()))
    return target


def asked_for(home: Path) -> dict[str, str]:
    """Names in addresses: the newest data set and the trained run."""
    runs = [path.name for path in (home / "runs").glob("coloured-*a")]
    data = [path.name for path in (home / "datasets").glob("coloured-*")]
    return {"data": data[0] if data else "", "run": runs[0] if runs else ""}
