"""Hostile input, accidents and attacks: `python -m benchmarks.hostile [--quick] [--only NAME]`.

Odd command lines, crafted files on every page, crafted folders and models, full disks, little memory, kills,
and threads that race. Prints every try that ended badly, a table by group, and JSON; ends with 1 where
anything did. For Linux, as root or with user namespaces: the full disk is a small file system of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from benchmarks.common.measure import Row, machine, print_table, scratch
from benchmarks.hostile import (
    command_line,
    folders,
    full_disk,
    instant,
    kills,
    memory,
    models,
    page_loads,
    race,
)
from benchmarks.hostile.record import Try
from benchmarks.hostile.world import World

GROUPS: dict[str, Callable[[World, bool], Iterator[Try]]] = {
    "command line": command_line.tries,
    "pages": page_loads.tries,
    "folders": folders.tries,
    "models": models.tries,
    "full disk": full_disk.tries,
    "memory": memory.tries,
    "kills": kills.tries,
    "instant": instant.tries,
    "race": race.tries,
}
HEAD = ("", "tried", "ended as they should", "exceptions", "wrong exits", "other", "seconds")


def take_mounts() -> None:
    """Begin anew where this user may mount a small disk, in a namespace of its own: root may anywhere."""
    inside = ["unshare", "--map-root-user", "--mount"]
    if os.geteuid() and shutil.which("unshare") and subprocess.run([*inside, "true"]).returncode == 0:
        os.execvp("unshare", [*inside, sys.executable, "-m", "benchmarks.hostile", *sys.argv[1:]])


def main() -> int:
    """Try all of it."""
    take_mounts()
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--quick", action="store_true", help="a handful of each group")
    options.add_argument("--only", choices=list(GROUPS), metavar="NAME", help=", ".join(GROUPS))
    args = options.parse_args()
    before, rows = machine(), []
    with scratch() as root:
        world = World(root)
        for name, tries in GROUPS.items():
            if args.only in (None, name):
                began = time.perf_counter()
                tried = [print_faults(name, one) for one in tries(world, args.quick)]
                rows.append(summary(name, tried) | {"seconds": round(time.perf_counter() - began)})
    print_table("What became of them", HEAD, [tuple(row.values()) for row in rows])
    print(json.dumps({"quick": args.quick, "machine": before, "groups": rows}))
    return int(any(row["tried"] != row["as they should"] for row in rows))


def print_faults(group: str, one: Try) -> Try:
    """The same, after its faults are printed."""
    for fault in one.faults:
        print(f"{group} | {one.name} | {fault.kind} | {fault.said}", file=sys.stderr, flush=True)
    return one


def summary(name: str, tried: list[Try]) -> Row:
    """One line of the table."""
    kinds = [{fault.kind for fault in one.faults} for one in tried]
    return {
        "group": name,
        "tried": len(tried),
        "as they should": sum(not found for found in kinds),
        "exceptions": sum("traceback" in found for found in kinds),
        "wrong exits": sum("exit" in found for found in kinds),
        "other": sum("other" in found for found in kinds),
    }


if __name__ == "__main__":
    sys.exit(main())
