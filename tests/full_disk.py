"""A process whose disk becomes full in the middle of each of several commands. For test_full_disk.py.

    python -m tests.full_disk DISK ANSWERS PICTURES [LIMIT]

DISK is a folder on a small file system of its own, which is filled to the last byte where each stage begins.
With LIMIT there is none: no file may grow beyond so many bytes from there on. What became of each command is
written to ANSWERS as JSON.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from tests.training import small
from tlcore import config as configuration
from tlcore import workspace
from tlcore.__main__ import main
from tlcore.runs.job import Job, Reporter

# What each stage is reached by: the stage of the job, or a function that is about to write.
STAGES = {
    "import": "importing",
    "features": "features",
    "training": "tlcore.runs.metrics.MetricsLog.append",
    "checkpoint": "tlcore.graft.checkpoint.save",
    "model": "saving",
    "report": "tlcore.evaluate.report.write",
    "study": "study",
    "batch": "answering",
    "export": "tlcore.runs.answer_table.write",
}


class Disk:
    """The small file system."""

    def __init__(self, folder: Path, limit: int | None) -> None:
        self.folder, self.limit = folder, limit
        self.ballast = folder / "ballast"

    def fill(self, job: Path) -> None:
        if self.limit is not None:
            import resource

            for name in ("metrics.jsonl", "answers.jsonl", "train.log"):
                if (job / name).exists():  # as large as a file may be already
                    with (job / name).open("ab") as file:
                        file.write(b"\n" * max(0, self.limit - file.tell()))
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.limit, resource.RLIM_INFINITY))
            return
        with self.ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"x" * 65_536)

    def empty(self) -> None:
        self.ballast.unlink(missing_ok=True)
        if self.limit is not None:
            import resource

            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@contextlib.contextmanager
def full_from(where: str, fill: Callable[[], None]) -> Iterator[list[str]]:
    """Within, the disk is filled once that stage, or function, is reached; the list is empty until then."""
    reached: list[str] = []
    owner: Any = Reporter
    name = "stage"
    if "." in where:
        module, _, name = where.rpartition(".")
        try:
            owner = importlib.import_module(module)
        except ModuleNotFoundError:
            module, _, kind = module.rpartition(".")
            owner = getattr(importlib.import_module(module), kind)
    genuine = getattr(owner, name)

    def wrapped(*arguments: Any, **more: Any) -> Any:
        early = owner is not Reporter
        if early and not reached:
            fill()
            reached.append(where)
        made = genuine(*arguments, **more)
        if not early and not reached and arguments[1] == where:
            fill()
            reached.append(where)
        return made

    with mock.patch.object(owner, name, wrapped):
        yield reached


def tried(disk: Disk, where: str, job: Path, *command: object) -> dict[str, Any]:
    """What a command says and leaves behind whose disk becomes full."""
    said = io.StringIO()
    with full_from(where, lambda: disk.fill(job)) as reached, contextlib.redirect_stderr(said):
        try:
            code = main([str(word) for word in command])
        finally:
            disk.empty()
    status = Job(job).recorded()
    left = [str(path.relative_to(job)) for path in job.rglob("*.part*")]
    return {
        "code": code,
        "err": said.getvalue(),
        "reached": bool(reached),
        "state": status.state,
        "error": status.error,
        "left": left,
    }


def every(disk: Disk, pictures: Path) -> dict[str, Any]:
    workspace.KEEP_FREE = 0  # or nothing would begin on so small a disk
    home = disk.folder
    config = home / "config.json"
    config.write_bytes(configuration.to_json(small(epochs=2)))
    found = {"import": tried(disk, "importing", home / "data", "import", pictures, "--out", home / "data")}
    shutil.rmtree(home / "data")
    assert main(["import", str(pictures), "--out", str(home / "data")]) == 0
    train = ("train", home / "data", "--config", config, "--out")
    for name in ("features", "training", "checkpoint", "model", "report", "study"):
        run = home / name
        found[name] = tried(disk, STAGES[name], run, *train, run)
        if name == "training":
            found[name]["resumed"] = main(["resume", str(run)])
        if name != "study":
            shutil.rmtree(run)
    batch = ("batch", home / "study", pictures, "--out")
    for name in ("batch", "export"):
        answers = home / name
        found[name] = tried(disk, STAGES[name], answers, *batch, answers, "--csv", home / "table.csv")
    return found


if __name__ == "__main__":
    folder, answers, pictures, *limit = sys.argv[1:]
    os.environ["GRAFT_HOME"] = str(Path(folder, "workspace"))
    with Path(answers).open("w") as file:
        disk = Disk(Path(folder), int(limit[0]) if limit else None)
        content = json.dumps(every(disk, Path(pictures)))
        disk.empty()
        file.write(content)
