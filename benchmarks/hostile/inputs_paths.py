"""Command-line inputs: every command that takes DATA or a RUN, with every odd path."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.hostile.case import EITHER, REFUSED, WORKS, Case, Check, absent
from benchmarks.hostile.record import ProcessEnd
from benchmarks.hostile.world import World
from tlcore.data.dataset import Dataset

COMMANDS = (
    *("check", "import", "sample", "fetch", "backbones", "train", "resume"),
    *("prepare", "find-rate", "measure", "coach", "evaluate", "predict", "batch", "experiment"),
)
GIGABYTE = 1_000_000_000


def parser(world: World) -> Iterator[Case]:
    """The parser's own inputs, and --help of every command."""
    for command in COMMANDS:
        yield Case(f"{command} --help", [command, "--help"], WORKS)
        yield Case(f"{command} with an unknown option", [command, "--nonsense"])
    for name, words in {
        "no command": [],
        "an empty command": [""],
        "an unknown command": ["trian"],
        "a command of markup": ["<b>*x*\n\x1b[31m"],
        "a command that is not UTF-8": ["\udcff\udcfe"],
        "a hundred thousand characters": ["x" * 100_000],
    }.items():
        yield Case(name, words)
    yield Case("--version", ["--version"], WORKS)


def odd_paths(world: World) -> dict[str, str]:
    """Paths at which there is nothing that could be data."""
    folder = world.given / "odd"
    folder.mkdir(parents=True)
    (folder / "empty folder").mkdir()
    (folder / "empty file.zip").write_bytes(b"")
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "dangling").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "pipe")
    (folder / "closed file.zip").write_bytes(b"PK")
    (folder / "closed file.zip").chmod(0)
    (folder / "closed folder").mkdir(mode=0)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "socket"))
    return {
        "nothing there": str(folder / "nowhere"),
        "an empty path": "",
        "a name that is not UTF-8": str(folder / "na\udcffme"),
        "a name with line breaks": str(folder / "a\nb\x1b[31m"),
        "a name of 5,000 characters": str(folder / ("x" * 5000)),
        "a file in the place of a folder": str(folder / "empty file.zip" / "x"),
        "an empty folder": str(folder / "empty folder"),
        "an empty archive": str(folder / "empty file.zip"),
        "a link to itself": str(folder / "loop"),
        "a dangling link": str(folder / "dangling"),
        "a named pipe": str(folder / "pipe"),
        "a socket": str(folder / "socket"),
        "/dev/zero": "/dev/zero",
        "/dev/null": "/dev/null",
        "a file that may not be read": str(folder / "closed file.zip"),
        "a folder that may not be read": str(folder / "closed folder"),
    }


def paths(world: World) -> Iterator[Case]:
    """DATA and RUN that are none."""
    odd = odd_paths(world)
    for name, path in odd.items():
        endless = path == "/dev/zero"
        own: dict[str, Any] = {
            "own": endless,
            "memory": 6 * GIGABYTE if endless else 0,
            "seconds": 60 if endless else 20,
        }
        for command in ("check", "import", "train", "prepare", "find-rate", "experiment"):
            before = [command, "race"] if command == "experiment" else [command]
            out = world.fresh()
            after = [] if command == "check" else ["--out", out]
            yield Case(
                f"{command}: {name}", [*before, path, *after], check=absent(out / "manifest.json"), **own
            )
        if not endless:
            yield Case(f"resume: {name}", ["resume", path], **own)
            yield Case(f"coach: {name}", ["coach", path], **own)
    yield from asked_about(world, odd)


def asked_about(world: World, odd: dict[str, str]) -> Iterator[Case]:
    """A finished run that is to answer for what is none, and runs that are none."""
    picture = world.pictures / "amber" / "00.png"
    for name, path in odd.items():
        own: dict[str, Any] = {"own": path == "/dev/zero", "seconds": 120}
        yield Case(f"predict: {name}", ["predict", world.run, path], **own)
        yield Case(f"evaluate: {name}", ["evaluate", world.run, path], **own)
        ends = EITHER if name == "a folder that may not be read" else REFUSED  # its one row says so
        yield Case(f"batch: {name}", ["batch", world.run, path, "--out", world.fresh()], ends, **own)
    for name in (
        "nothing there",
        "an empty path",
        "a name that is not UTF-8",
        "an empty folder",
        "/dev/null",
    ):
        yield Case(f"predict, run: {name}", ["predict", odd[name], picture])
        yield Case(f"evaluate, run: {name}", ["evaluate", odd[name], world.dataset])
        yield Case(f"batch, run: {name}", ["batch", odd[name], world.pictures, "--out", world.fresh()])
        yield Case(f"measure: {name}", ["measure", odd[name]])


def only_pictures(data: Path) -> Check:
    """Finds that a data set has more than the thirty pictures of a folder."""

    def check(said: ProcessEnd) -> str:
        found = [Dataset(path.parent).read() for path in data.rglob("manifest.json")]
        return "" if all(len(one.examples) == 30 for one in found) else "took what it wrote itself for data"

    return check


def odd_outs(world: World) -> Iterator[Case]:
    """Places for what is made that cannot be one."""
    pictures, taken = world.pictures, world.given / "taken"
    taken.mkdir()
    (taken / "letter.txt").write_text("Dear Sir")
    closed = world.given / "closed place"
    closed.mkdir(mode=0o555)
    outs: dict[str, tuple[str, tuple[int, ...]]] = {
        "an empty path": ("", REFUSED),
        "a file": (str(taken / "letter.txt"), REFUSED),
        "below a file": (str(taken / "letter.txt" / "x"), REFUSED),
        "a folder with something in it": (str(taken), REFUSED),
        "a place that may not be written": (str(closed / "x"), REFUSED),
        "/dev/null": ("/dev/null", REFUSED),
        "/proc": ("/proc/self/x", REFUSED),
        "5,000 characters": (str(world.fresh("y" * 5000)), REFUSED),
        "not UTF-8": (str(world.fresh("\udcff")), EITHER),
        "line breaks": (str(world.fresh("a\nb")), EITHER),
        "DATA itself": (str(pictures), REFUSED),
    }
    for name, (out, ends) in outs.items():
        yield Case(f"import --out {name}", ["import", pictures, "--out", out], ends)
        if ends == REFUSED:
            yield Case(f"train --out {name}", ["train", pictures, "--out", out])
            yield Case(f"batch --out {name}", ["batch", world.run, pictures, "--out", out])
    own = shutil.copytree(pictures, world.fresh("own"))  # what is made in it is no harm that nobody asked for
    for number, command in enumerate(("import", "train")):
        words = [command, own, "--out", own / "amber" / f"out {number}"]
        words += ["--config", world.config_of_one_epoch] if command == "train" else []
        yield Case(f"{command} --out inside DATA", words, EITHER, check=only_pictures(own))
    yield Case("sample --out a file", ["sample", "--out", taken / "letter.txt"])
    yield Case("fetch without --out", ["fetch", "flowers"])
    yield Case("fetch of an unknown set", ["fetch", "../../etc", "--out", world.fresh()])
    yield Case("import --into no data set", ["import", pictures, "--into", Path(taken)])
    yield Case("import --into a file", ["import", pictures, "--into", taken / "letter.txt"])
    yield Case("import --into an empty path", ["import", pictures, "--into", ""])
