"""Memory of a spare worker, on the device and off it: `python -m benchmarks.gpu.spare_memory [--quick]`.

One stands by with the recommended backbone until it has nothing left to load. On a GPU it should hold nothing
there (`nvidia-smi` tells, where it is installed). Prints JSON.
"""

from __future__ import annotations

import shutil
import subprocess
import time

import psutil

from benchmarks.common.measure import Row, finish, machine, print_table
from benchmarks.common.options import Options
from tlcore.config import DEFAULT_BACKBONES
from tlcore.runs.backend import child_environment
from tlcore.runs.spare_worker import SpareWorker

QUERY = ["--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits"]


def idle(process: psutil.Process) -> None:
    """Wait until the process has stopped working."""
    before = -1.0
    while (spent := sum(process.cpu_times()[:2])) - before > 0.02 or spent < 1:
        before = spent
        time.sleep(1)


def on_device(pid: int) -> float | None:
    """Megabytes that the process holds on the GPU; None where nobody can tell."""
    if shutil.which("nvidia-smi") is None:
        return None
    done = subprocess.run(["nvidia-smi", *QUERY], capture_output=True, text=True)
    rows = [line.split(",") for line in done.stdout.splitlines()]
    return float(sum(float(used) for number, used in rows if int(number) == pid))


def main() -> None:
    """Print the figures as one JSON object."""
    args = Options(__doc__, {}).read()
    before, spare = machine(), SpareWorker()
    found: dict[str, Row] = {}
    for task, backbone in DEFAULT_BACKBONES.items():
        spare.start(child_environment(), backbone, None)
        if spare.pid is None:
            raise SystemExit("No spare worker: memory is short, or GRAFT_SPARE is 0.")
        process = psutil.Process(spare.pid)
        idle(process)
        found[task] = {
            "resident_mb": round(process.memory_info().rss / 1e6),
            "on_device_mb": on_device(process.pid),
            "cpu_s": round(sum(process.cpu_times()[:2]), 1),
        }
        spare.end()
    rows = [(task, *row.values()) for task, row in found.items()]
    print_table("A spare worker", ("task", "resident MB", "on the device MB", "CPU s to load"), rows)
    finish(args.quick, before, {"spare_worker": found, "targets": []})


if __name__ == "__main__":
    main()
