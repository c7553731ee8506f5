"""Runs on a Ray cluster when parts of it die: `python -m benchmarks.cluster [--quick]`.

A head and two machines, all of them processes of this computer, train small runs on few pictures. A head that
does not answer is asked about fifty runs. A machine stands still, as one without a network does, until
another has ended its run, and then goes on. A frozen part is computed by one machine, by two, and by two of
which one is killed in the middle. A batch, and a test on a folder, are answered by one process, then with
help from both machines. Five arms of an experiment train on two machines, then on one. At last the head is
killed in the middle of a run, and another one started. It needs requirements-cluster.txt: where Ray is not
installed, it says so and does nothing. Prints JSON, and each figure when it is there.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.cluster.answers import answers, at
from benchmarks.cluster.deaths import comes_back, head_killed, unreachable
from benchmarks.cluster.frozen_part import ALONE, HELPED, frozen_parts
from benchmarks.cluster.trial import Trial, started
from benchmarks.common.measure import Row, at_least, at_most, finish, machine, print_table, scratch
from benchmarks.common.options import Options
from tests.fixtures.ray_cluster import RayCluster, processes_of
from tlcore.runs.workers.local_backend import ask

QUICK = {"epochs": 60, "sizes": "2,4", "pictures": 90, "views": 10, "copies": 4}
THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")


def race(trial: Trial, cluster: RayCluster, sizes: str) -> Row:
    """Seconds of an experiment on the machines that there are."""
    count, folder = len(cluster.machines), trial.workspace.experiments / f"on-{len(cluster.machines)}"
    words = ["experiment", "amount", str(trial.data), "--out", str(folder), "--sizes", sizes, "--no-random"]
    began = time.monotonic()
    with at(cluster):
        said, code = ask([*words, "--epochs", str(trial.epochs), "--json"], folder.with_suffix(".log"))
    seconds = time.monotonic() - began
    entries = json.loads(said.splitlines()[-1])["entries"] if not code else []
    return {
        "what": f"an experiment of {len(entries)} arms, machines: {count}",
        "seconds": seconds,
        "holds": bool(entries) and all(entry["state"] == "done" for entry in entries),
    }


def memory(cluster: RayCluster) -> tuple[float, float]:
    """Gigabytes of the head, and of one machine without a worker; what processes share is counted once."""
    assert cluster.head is not None
    own = [
        sum(one.memory_full_info().pss for one in processes_of(it))
        for it in (cluster.head, *cluster.machines)
    ]
    return own[0] / 1e9, own[1] / 1e9


def measure(folder: Path, count: int, sizes: str, pictures: int, views: int, copies: int) -> Iterator[Row]:
    """All of them; that of an idle cluster has its `gigabytes`."""
    trial = Trial(folder, count)
    yield unreachable(trial)
    with started() as cluster:
        yield comes_back(trial, cluster)
        yield {"what": "an idle cluster", "gigabytes": memory(cluster)}
        yield race(trial, cluster, sizes)
        run = yield from frozen_parts(folder, cluster, pictures, views)
        yield from answers(run, folder / "many", copies, cluster)
        cluster.kill(cluster.machines[0])
        yield race(trial, cluster, sizes)
        yield from head_killed(trial, cluster)


def said(row: Row) -> Row:
    """The same, shown at once: where nothing comes any more can be seen."""
    print(time.strftime("%X"), *row.values(), sep="  ", file=sys.stderr, flush=True)
    return row


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--epochs", type=int, default=300, help="of each run")
    options.set_defaults(sizes="1,2,3,4,5", pictures=300, views=20, copies=4)
    args = options.read()
    if importlib.util.find_spec("ray") is None:
        print("Ray is not installed here: nothing was measured. It needs requirements-cluster.txt.")
        return
    before = machine()
    for name in THREADS:
        os.environ.setdefault(name, "1")
    with scratch() as folder:
        os.environ["GRAFT_HOME"] = str(folder / "workspace")
        sizes = args.epochs, args.sizes, args.pictures, args.views, args.copies
        everything = [said(row) for row in measure(folder, *sizes)]
    head, each = next(row["gigabytes"] for row in everything if "gigabytes" in row)
    rows = [row for row in everything if "gigabytes" not in row]
    print_table("A cluster", ("", "seconds", "holds"), [tuple(row.values())[:3] for row in rows])
    races = [row["seconds"] for row in rows if "arms" in row["what"]]
    seconds = {row["what"]: row["seconds"] for row in rows}
    targets = [
        at_least("all of it holds", 1, float(all(row["holds"] for row in rows))),
        at_most("seconds lost to a head that does not answer", 3, rows[0]["seconds"]),
        at_least("two machines are so many times as fast as one", 1.5, races[1] / races[0]),
        at_least("a frozen part is so many times as fast with help", 1.3, seconds[ALONE] / seconds[HELPED]),
    ]
    found = {"targets": targets, "rows": rows, "gigabytes": {"head": head, "machine": each}}
    finish(args.quick, before, found)
    if not all(row["holds"] for row in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
