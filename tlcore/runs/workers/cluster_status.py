"""The status of a run that works, or has worked, on another machine.

It comes from its folder, the lease in it, and the cluster where that can be asked; never from the processes
of this machine.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tlcore.runs.cluster import lease as leases
from tlcore.runs.cluster.jobs_api import JobLife
from tlcore.runs.cluster.lease import Lease
from tlcore.runs.job import ALIVE, Job, JobState, Status

WAITING = "Waiting for a free device of the cluster"
MOVING = "Its machine does not answer. It goes on elsewhere from its last finished epoch"


def status_under(lease: Lease, job: Job, ask: Callable[[], JobLife | None]) -> Status:
    """The status of `job` under its lease.

    Args:
        ask: what the cluster says of it; None where it cannot be asked, or has forgotten it.
    """
    status = job.recorded()
    if _has_ended(status, lease):
        return status
    life, is_renewed = ask(), leases.age(job.folder) <= leases.EXPIRES
    is_alive = life == "alive" or (life is None and is_renewed)
    if is_alive and not lease.is_over:
        return _while_alive(status, lease, is_renewed)
    latest = job.recorded()  # it may have ended properly between our two looks
    if _has_ended(latest, lease):
        return latest
    state: JobState = "cancelled" if job.stop_requested() else "lost"
    return msgspec.structs.replace(latest, state=state, seconds_left=None, can_answer=False)


def _has_ended(status: Status, lease: Lease) -> bool:
    """Its worker has said its last word: under this lease, and not under an earlier one."""
    return status.lease == lease.token and status.state not in ALIVE


def _while_alive(status: Status, lease: Lease, is_renewed: bool) -> Status:
    if status.lease == lease.token and lease.holder and is_renewed:
        return status
    if status.lease == lease.token:
        return msgspec.structs.replace(
            status, state="queued", stage="queued", message=MOVING, seconds_left=None
        )
    return msgspec.structs.replace(
        Status("queued", "queued", WAITING), attempt=status.attempt, started=status.started
    )
