"""Pages over a workspace whose files were spoiled, one at a time: no page may end in an exception."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

from benchmarks._measure import ROOT
from benchmarks.hostile.furnishing import furnish, moved
from benchmarks.hostile.record import Fault, Try
from benchmarks.hostile.world import World

PROCESSES = 2
QUICK_STEP = 131  # one case in so many


def tries(world: World, quick: bool) -> Iterator[Try]:
    """Every load."""
    home = furnish(world)
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.hostile.page_process", *map(str, (at, first, step))],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env=world.env(),
            text=True,
        )
        for first in range(PROCESSES)
        if (step := QUICK_STEP * PROCESSES if quick else PROCESSES)
        and (at := moved(home, world.fresh("workspace")))
    ]
    for child in children:
        assert child.stdout is not None
        for line in child.stdout:
            found = json.loads(line)
            faults = (Fault("traceback", found["wrong"]),) if found["wrong"] else ()
            yield Try(found["name"], faults)
        if child.wait():
            yield Try("the process that loads pages", (Fault("exit", f"ended with {child.returncode}"),))
