"""A disk that fills up in six stages: one sentence, a status that says so, and a job that goes on later.

The disk is a small file system in memory. It is filled to the last byte when the stage begins, and kept full
until the process ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.hostile.case import EITHER, WORKS
from benchmarks.hostile.processes import GRAFT, Child
from benchmarks.hostile.record import HUNG, Fault, ProcessEnd, Try, judge
from benchmarks.hostile.world import World
from tests.fixtures.tiny_training import draw, small

SIZE = 1_200_000_000  # bytes of that disk
SECONDS = 180


@dataclass(frozen=True)
class Stage:
    """One stage.

    Attributes:
        name: as the status calls it.
        words: the command; `again` goes on after it.
        job: the folder with its status.
        made: whether all is there that the command makes.
    """

    name: str
    words: list[object]
    again: list[object]
    job: Path
    made: Callable[[], bool]


@contextlib.contextmanager
def small_disk(at: Path) -> Iterator[Path]:
    """A file system of its own.

    Raises:
        OSError: this process may not mount one.
    """
    at.mkdir(parents=True, exist_ok=True)
    told = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", at], capture_output=True, text=True
    )
    if told.returncode:
        raise OSError(told.stderr.strip())
    try:
        yield at
    finally:
        subprocess.run(["umount", "--lazy", at], check=True)


def tries(world: World, quick: bool) -> Iterator[Try]:
    """Each stage on a disk of its own; in short only the import."""
    for number in range(1 if quick else 6):
        try:
            with small_disk(world.root / f"disk {number}") as disk:
                stage = stages(world, disk)[number]()
                yield try_stage(world, disk, stage)
        except OSError as error:
            if not quick:
                yield Try(f"stage {number}", (Fault("other", f"there is no small disk here: {error}"),))


def stages(world: World, disk: Path) -> list[Callable[[], Stage]]:
    """The six, made when they are needed."""
    config = world.config(small(epochs=30))
    run, batch, data = disk / "run", disk / "batch", disk / "data"

    def importing() -> Stage:
        many = draw(disk / "pictures", 150, ("amber", "blue"))
        words: list[object] = ["import", many, "--out", data]
        return Stage("importing", words, words, data, (data / "manifest.json").is_file)

    def training(name: str) -> Callable[[], Stage]:
        words: list[object] = ["train", world.dataset, "--out", run, "--config", config]
        done = (run / "model.keras").is_file
        return lambda: Stage(
            name, words, ["resume", run], run, lambda: done() and (run / "study.json").is_file()
        )

    def answering() -> Stage:
        shutil.copytree(world.run, run)
        words: list[object] = ["batch", run, world.pictures, "--out", batch]
        return Stage("answering", words, words, batch, lambda: _rows(batch) == 30)

    return [importing, *map(training, ("features", "training", "saving", "study")), answering]


def _rows(batch: Path) -> int:
    return (batch / "answers.jsonl").read_bytes().count(b"\n")


def try_stage(world: World, disk: Path, stage: Stage) -> Try:
    """Fill the disk in that stage, look at what is left, make room, go on."""
    env = world.env(GRAFT_HOME=str(disk / "home"))
    child = Child([*GRAFT, *stage.words], env, world.here)
    was_hit = fill_while(child, stage, disk)
    said = child.wait(1 if child.is_alive() else SECONDS)
    also = list(faults_left(said, stage)) if was_hit else [f"the disk was not full in time: exit {said.code}"]
    (disk / "filling").unlink(missing_ok=True)
    faults = judge(said, EITHER, also)
    if said.code or not stage.made():
        after = Child([*GRAFT, *stage.again], env, world.here).wait(SECONDS)
        finished = "" if after.code or stage.made() else "what it should have made is not there"
        faults += tuple(
            Fault(kind, f"with room again: {text}") for kind, text in judge(after, WORKS, (finished,))
        )
    return Try(stage.name, faults)


def fill_while(child: Child, stage: Stage, disk: Path) -> bool:
    """Fill the disk while the process is in that stage, and keep it full; false where it ended before."""
    deadline, was_hit = time.monotonic() + SECONDS, False
    while child.is_alive() and time.monotonic() < deadline:
        if was_hit or _state(stage.job).get("stage") == stage.name:
            was_hit = True
            fill(disk)
        time.sleep(0.002)
    return was_hit


def fill(disk: Path) -> None:
    """Take all the room that is left."""
    with (disk / "filling").open("ab") as file:
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        at = file.seek(0, os.SEEK_END)
        with contextlib.suppress(OSError):
            if free:
                os.posix_fallocate(file.fileno(), at, free)


def _state(job: Path) -> dict[str, object]:
    try:
        return dict(json.loads((job / "status.json").read_bytes()))
    except (OSError, ValueError):
        return {}


def faults_left(said: ProcessEnd, stage: Stage) -> Iterator[str]:
    """Faults in what the command left."""
    state = _state(stage.job).get("state")
    if said.code != HUNG and state in ("running", "queued", None):
        yield f"its status says {state!r}"
    for path in stage.job.rglob("*"):
        if path.suffix == ".json" and not path.name.startswith("."):
            try:
                json.loads(path.read_bytes())
            except ValueError:
                yield f"{path.name} is not whole"
        elif path.name == "model.keras" and not zipfile.is_zipfile(path):
            yield "model.keras is not whole"
