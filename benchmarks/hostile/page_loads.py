"""Pages over a workspace whose files were spoiled, one at a time: no page may end in an exception."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.common.measure import ROOT
from benchmarks.hostile.furnishing import copy_workspace, furnish
from benchmarks.hostile.processes import PLAIN
from benchmarks.hostile.record import Fault, Try, shorten
from benchmarks.hostile.world import World

PROCESSES = 2
QUICK_STEP = 243  # one case in so many


def tries(world: World, quick: bool) -> Iterator[Try]:
    """Every load, by two processes, each on a copy of its own."""
    home, step = furnish(world, quick), PROCESSES * (QUICK_STEP if quick else 1)
    homes = [copy_workspace(home, world.fresh("workspace")) for _ in range(PROCESSES)]
    children = [_start(world, at, first, step) for first, at in enumerate(homes)]
    for child, at in zip(children, homes, strict=True):
        code = child.wait()
        for line in at.with_suffix(".jsonl").read_bytes().splitlines():
            found = json.loads(line)
            faults = (Fault("traceback", found["wrong"]),) if found["wrong"] else ()
            yield Try(found["name"], faults)
        if code:
            said = shorten(at.with_suffix(".log").read_text(errors="replace"))
            yield Try("the process that loads pages", (Fault("exit", f"{code}: {said}"),))


def _start(world: World, home: Path, first: int, step: int) -> subprocess.Popen[bytes]:
    with home.with_suffix(".jsonl").open("wb") as out, home.with_suffix(".log").open("wb") as log:
        return subprocess.Popen(
            [
                *PLAIN,
                sys.executable,
                "-m",
                "benchmarks.hostile.page_process",
                str(home),
                str(first),
                str(step),
            ],
            stdout=out,
            stderr=log,
            cwd=ROOT,
            env=world.env(),
        )
