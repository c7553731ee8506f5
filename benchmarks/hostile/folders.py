"""Crafted folders, archives and tables, checked and imported with the real decoders.

Everything sent is either accepted or skipped, nothing is written elsewhere, and memory stays bounded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.hostile import crafted_archives, crafted_folders
from benchmarks.hostile.crafted_folders import Craft
from benchmarks.hostile.processes import run
from benchmarks.hostile.record import ProcessEnd, Try, judge
from benchmarks.hostile.world import World, difference, fingerprint
from tlcore.data.dataset import Dataset

MOST_MEMORY = 1_500_000_000  # bytes that looking at a stranger's file may take
SECONDS, AT_ONCE = 120, 2
QUICK = ("slip.zip",)


def tries(world: World, quick: bool) -> Iterator[Try]:
    """`check` and `import` of each."""
    crafts = [*crafted_folders.crafts(), *crafted_archives.crafts()]
    chosen = [craft for craft in crafts if not quick or craft[0] in QUICK]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for found in pool.map(lambda craft: list(try_craft(world, craft)), chosen):
            yield from found


def try_craft(world: World, craft: Craft) -> Iterator[Try]:
    """Both commands, on their own copy."""
    name, make, ends = craft
    place = world.made("sent") / "a" / "b" / "sent"  # so that what leads out is seen
    place.mkdir(parents=True)
    source = make(place)
    before = fingerprint(place.parents[2])
    out = world.fresh("set")
    for command, words in {"check": [], "import": ["--out", out]}.items():
        said = run([command, source, "--json", *words], world.env(), world.here, SECONDS)
        also = [difference(before, fingerprint(place.parents[2])), *faults_of(said, command, out)]
        yield Try(f"{command}: {name}", judge(said, ends, also))


def faults_of(said: ProcessEnd, command: str, out: Path) -> Iterator[str]:
    """Faults in what a command left or printed although it ended in order."""
    if said.peak > MOST_MEMORY:
        yield f"took {said.peak / 1e9:.1f} GB of memory"
    if Path("/tmp/canary.png").exists():
        yield "wrote outside"
        Path("/tmp/canary.png").unlink(missing_ok=True)
    if said.code == 2 and command == "import" and Dataset(out).is_ready:
        yield "left a data set although it was refused"
    if said.code == 0:
        lines = [line for line in said.out.splitlines() if line.startswith("{")]
        found = json.loads(lines[-1]) if lines else {}
        if not found.get("accepted"):
            yield "says nothing was accepted, and ends with 0"
    if said.code == 0 and command == "import":
        manifest = Dataset(out).read()
        missing = [e.name for e in manifest.examples if e.width and not Dataset(out).file(e.sha256).is_file()]
        if missing:
            yield f"did not keep {missing[:3]}"
