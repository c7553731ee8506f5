"""Imports and edits that are killed: the data set is as before or as after, and whole."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

import msgspec

from benchmarks.hostile.kills.interruption import SECONDS, Words, compare, end, interrupt, moments, seconds_of
from benchmarks.hostile.processes import GRAFT, Child
from benchmarks.hostile.record import Fault, ProcessEnd, Try
from benchmarks.hostile.world import World
from tests.fixtures.tiny_training import draw
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest
from tlcore.data.versions import versions
from tlcore.data.versions.edits import Relabel

PICTURES = 60  # of each class
EDITS = 40  # by one process; it says when it begins
EDITOR = """
import sys
from pathlib import Path
from tlcore.data.dataset import Dataset
from tlcore.data.versions import versions
from tlcore.data.versions.edits import Relabel
dataset, first, last = Dataset(Path(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])
keys = [example.key for example in dataset.read(1).examples]
(dataset.folder.parent / "begun").touch()
for number in range(first, last):
    versions.change(dataset, Relabel((keys[number],), f"n{number}"))
"""


def imports(world: World, count: int) -> Iterator[Try]:
    """`import`, then again; the manifest and every picture are the same."""
    many = draw(world.fresh("many"), PICTURES, ("amber", "blue"))
    env, whole = world.env(), world.fresh("whole")
    seconds = seconds_of(world, ["import", many, "--out", whole, "--name", "x"], env)
    wanted = msgspec.structs.replace(Dataset(whole).read(), created="")
    for number, moment in enumerate(moments(seconds, count)):
        dataset = Dataset(world.fresh("set"))
        words: Words = ["import", many, "--out", dataset.folder, "--name", "x"]
        faults = interrupt(world, words, moment, number, env)
        state = "done" if dataset.is_ready else "not done"
        said = (
            ProcessEnd(0, "", "")
            if dataset.is_ready
            else Child([*GRAFT, *words], env, world.here).wait(SECONDS)
        )
        faults += compare(said, (wanted, True), lambda d=dataset: whole_set(d))  # type: ignore[misc]
        yield Try(f"import killed after {moment:.1f} s, {state}", faults)


def whole_set(dataset: Dataset) -> tuple[Any, bool]:
    """Its manifest, and whether nothing but its pictures is stored."""
    manifest = msgspec.structs.replace(dataset.read(), created="")
    stored = {path.name for path in dataset.folder.glob("files/*/*")}
    return manifest, stored == {example.sha256 for example in manifest.examples}


def edits(world: World, count: int) -> Iterator[Try]:
    """Forty edits by a process that is killed, then the others: every version is one edit, none is lost."""
    many = draw(world.fresh("many"), PICTURES, ("amber", "blue"))
    seconds = 0.0
    for number in range(-1, count):  # the first one is not killed, and says how long it takes
        folder = world.made("edits")
        dataset = Dataset(folder / "set")
        world.command("import", many, "--out", dataset.folder, "--name", "x")
        words = [sys.executable, "-c", EDITOR, dataset.folder, 0, EDITS]
        child = Child(list(map(str, words)), world.env(), world.here)
        while child.is_alive() and not (folder / "begun").exists():
            time.sleep(0.001)
        began = time.monotonic()
        if number < 0:
            child.wait(SECONDS)
            seconds = time.monotonic() - began
            continue
        moment = moments(seconds, count)[number]
        time.sleep(moment)
        end(child, (0, 1, 3)[number % 3])  # by SIGKILL: of signals that can be answered it knows nothing
        made = dataset.latest - 1
        yield Try(f"an editor killed after {moment:.2f} s, {made} edits", check_edits(dataset, made))


def check_edits(dataset: Dataset, made: int) -> tuple[Fault, ...]:
    """Faults in a data set of which so many pictures were given another class, and after one edit more."""
    try:
        start = dataset.read(1)
        if made < EDITS:
            versions.change(dataset, Relabel((start.examples[made].key,), f"n{made}"))
            made += 1
        for version in range(1, made + 2):
            if labels(dataset.read(version)) != labels_after(start, version - 1):
                return (Fault("other", f"version {version} is not what was made"),)
        names = {path.name for path in dataset.folder.glob("versions/*")}
        wanted = {".lock", *(f"{version}.json" for version in range(2, made + 2))}
        return () if names <= wanted else (Fault("other", f"left behind: {sorted(names - wanted)}"),)
    except Exception as error:
        return (Fault("traceback", f"{type(error).__name__}: {error}"),)


def labels(manifest: Manifest) -> dict[Any, str]:
    """The class of each example."""
    return {example.key: example.label for example in manifest.examples}


def labels_after(start: Manifest, made: int) -> dict[Any, str]:
    """The same, after so many edits."""
    renamed = {example.key: f"n{number}" for number, example in enumerate(start.examples[:made])}
    return labels(start) | renamed
