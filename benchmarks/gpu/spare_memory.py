"""Memory of a spare worker, on the device and off it: `python -m benchmarks.gpu.spare_memory [--quick]`.

One stands by with the recommended backbone until it has nothing left to load. On a GPU it should hold nothing
there (`nvidia-smi` tells, where it is installed). Prints JSON.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import psutil

from benchmarks.common.measure import Home, Row, finish, machine, print_table
from benchmarks.common.options import Options
from benchmarks.common.prepared import stand_by
from tlcore.config import DEFAULT_BACKBONES
from tlcore.workspace import Workspace

QUERY = ["--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits"]


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
    before = machine()
    found: dict[str, Row] = {}
    for task, backbone in DEFAULT_BACKBONES.items():
        spare = stand_by(Home(Path(Workspace().root)), backbone, None)
        process = psutil.Process(spare.pid)
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
