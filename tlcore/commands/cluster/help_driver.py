"""The Ray job that finds helpers for a job of the machine with the pages, as long as that asks for help.

`runs/workers/ray_backend.py` submits it as `python -m tlcore.commands.cluster.help_driver FOLDER`. A run on a
machine of the cluster has no need of it: its own driver does the same.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tlcore.commands.cluster.helpers import HELPED, Helpers
from tlcore.runs.cluster import helping
from tlcore.runs.job import Job
from tlcore.runs.queue import turn
from tlcore.workspace import Workspace

LOOK_EVERY = 1.0  # seconds


def main(folder: str) -> None:
    """See to the request of the job in `folder`."""
    import ray

    ray.init(address="auto", logging_level="ERROR", log_to_driver=False)
    job = Job(Path(folder))
    helpers = Helpers(ray, job)
    with turn(Workspace().shared.queue / HELPED, job.id, lambda ahead: False, lambda: sys.maxsize):
        while helping.read(job.folder):
            helpers.look()
            time.sleep(LOOK_EVERY)
        helpers.dismiss()


if __name__ == "__main__":
    main(*sys.argv[1:])
