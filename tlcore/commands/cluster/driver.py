"""The Ray job of one run: it waits for its turn, gives the run to a machine, and to another one if that dies.

`runs/workers/ray_backend.py` submits it as `python -m tlcore.commands.cluster.driver RUN TOKEN`. Ray runs it
on the head and asks for no device. All drivers run there, so the locks of their tickets hold whatever storage
the workspace lies on.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tlcore.commands.cluster.helpers import Helpers, answer, share
from tlcore.commands.cluster.task import work
from tlcore.runs.cluster import lease as leases
from tlcore.runs.job import Reporter
from tlcore.runs.queue import turn
from tlcore.runs.run import Run
from tlcore.runs.workers.ray_backend import LINE
from tlcore.workspace import Workspace

ATTEMPTS = 4  # machines or processes that may die over one run
LOOK_EVERY = 1.0  # seconds
GIVEN_UP = f"Its process was ended from outside {ATTEMPTS} times; train.log says how. Memory may be short."


def main(folder: str, token: str) -> None:
    """See the run of the lease `token` to its end."""
    import ray

    run = Run(Path(folder))
    os.environ[leases.TOKEN] = token
    if not leases.vacate(run.folder, token):
        return
    ray.init(address="auto", logging_level="ERROR", log_to_driver=False)

    def is_wanted(ahead: int = 0) -> bool:
        lease = leases.read(run.folder)
        is_ours = lease is not None and lease.token == token and not lease.is_over
        return is_ours and not run.stop_requested()

    queue = Workspace().shared.queue / LINE
    with leases.waiting(run.folder, token), turn(queue, run.id, is_wanted, lambda: share(ray)[0]) as mine:
        if not (mine and _place(ray, run, token, is_wanted)) and leases.vacate(run.folder, token):
            Reporter(run).end("cancelled", "Stopped while waiting")


def _place(ray: Any, run: Run, token: str, is_wanted: Callable[[], bool]) -> bool:
    """Give the run to machines until one has brought it to its end. False: it was stopped before it began."""
    task, helpers = ray.remote(max_retries=0, max_calls=1)(work), Helpers(ray, run)
    for _ in range(ATTEMPTS):
        place = task.options(**share(ray)[1], scheduling_strategy="SPREAD").remote(str(run.folder), token)
        while not ray.wait([place], timeout=LOOK_EVERY)[0]:
            if not _has_begun(run) and not is_wanted():
                ray.cancel(place, force=True)
                return False
            if _is_cut_off(ray, run):
                break
            with contextlib.suppress(OSError):  # the storage is away; the run can do without help
                helpers.look()
        helpers.dismiss()
        if _is_over(ray, place, run) or not leases.vacate(run.folder, token):
            return True
        if not is_wanted():
            return False
    Reporter(run).end("failed", error=GIVEN_UP)
    return True


def _has_begun(run: Run) -> bool:
    """A machine works on it, and hears by itself that it shall stop."""
    lease = leases.read(run.folder)
    return lease is not None and bool(lease.holder)


def _is_cut_off(ray: Any, run: Run) -> bool:
    """Its machine counts as dead, and its worker renews nothing. Where a machine stands still, or its network
    is cut, Ray goes on waiting for an answer.
    """
    lease = leases.read(run.folder)
    dead = {machine["NodeID"] for machine in ray.nodes() if not machine["Alive"]}
    return lease is not None and lease.node in dead and leases.age(run.folder) > leases.EXPIRES


def _is_over(ray: Any, place: Any, run: Run) -> bool:
    """Tell whether the worker ended by itself, however well; else its process or its machine died, or it lost
    sight of the lease: if that is still ours, the storage was away for a moment.
    """
    code = answer(ray, place, run)
    return code is not None and code >= 0 and code != leases.FENCED


if __name__ == "__main__":
    main(*sys.argv[1:])
