"""The machines that help a job, a run for one with its frozen part, as long as no run needs them for itself.

Each helper is a task of Ray. It may die, or be ended, at any moment: what it leaves undone its job does.
"""

from __future__ import annotations

from typing import Any

from tlcore.commands.cluster.task import help_out
from tlcore.runs.cluster import helping
from tlcore.runs.cluster.helping import HelpRequest
from tlcore.runs.job import Job
from tlcore.runs.queue import tickets
from tlcore.runs.workers.ray_backend import LINE
from tlcore.workspace import Workspace
from tlcore.workspace.home import worker_id

HELPED = "helped"  # the folder in the workspace's queue, of jobs that have no place in the cluster's line
DEATHS = 3  # helpers that are replaced, for one request
PATIENCE = 1.0  # seconds for an answer that is there


class Helpers:
    """The helpers of one job. Call `look` every second, and `dismiss` at the end."""

    def __init__(self, ray: Any, job: Job) -> None:
        self._ray, self._job = ray, job
        self._tasks: list[Any] = []
        self._request: HelpRequest | None = None
        self._starts = 0  # that are left

    def look(self) -> None:
        """Have as many as the job asks for and the cluster can spare by now."""
        request = helping.read(self._job.folder)
        if request != self._request:
            self.dismiss()
            self._request, self._starts = request, request.most + DEATHS if request else 0
        if request is None:
            return
        self._collect()
        wanted = min(request.most, self._spare())
        self._end(len(self._tasks) - wanted)
        while len(self._tasks) < wanted and self._starts:
            self._starts -= 1
            task = self._ray.remote(max_retries=0, max_calls=1)(help_out)
            place = task.options(**share(self._ray)[1], scheduling_strategy="SPREAD")
            self._tasks.append(place.remote(str(self._job.folder)))

    def dismiss(self) -> None:
        """End all of them."""
        self._end(len(self._tasks))

    def _end(self, count: int) -> None:
        for _ in range(count):
            self._ray.cancel(self._tasks.pop(), force=True)
            self._starts += 1

    def _collect(self) -> None:
        """Forget those that have ended. One that ended well found nothing more to do: no other will."""
        if self._tasks:
            ended, self._tasks = self._ray.wait(self._tasks, num_returns=len(self._tasks), timeout=0)
            if any([answer(self._ray, task, self._job) is not None for task in ended]):
                self._starts = 0

    def _spare(self) -> int:
        """Machines for this job beside its own, of those that are left when each run in line has one. All who
        may ask for help count alike, so what their drivers take together is never more than that.
        """
        queue = Workspace().shared.queue
        runs, others = tickets(queue / LINE), tickets(queue / HELPED)
        names = [(ticket.owner, ticket.name) for ticket in (*runs, *others)]
        own = (worker_id(), self._job.id)
        each, rest = divmod(max(0, share(self._ray)[0] - len(runs)), max(1, len(names)))
        return each + (own in names and names.index(own) < rest)


def share(ray: Any) -> tuple[int, dict[str, float]]:
    """How many runs fit on the living machines, and what of one each takes: a GPU where there are any, else
    the processors of the smallest machine.
    """
    machines = [machine["Resources"] for machine in ray.nodes() if machine["Alive"]]
    gpus = sum(int(machine.get("GPU", 0)) for machine in machines)
    if gpus:
        return gpus, {"num_gpus": 1, "num_cpus": 0}
    cores = [int(machine.get("CPU", 0)) for machine in machines]
    least = min((count for count in cores if count), default=1)
    return sum(count // least for count in cores), {"num_cpus": least}


def answer(ray: Any, task: Any, job: Job) -> int | None:
    """The answer of a task that has ended; None: it, or its machine, died, as the job's log says then."""
    try:
        said: int = ray.get(task, timeout=PATIENCE)
    except ray.exceptions.RayError as error:  # one of them: there is no answer
        with job.log.open("a", encoding="utf-8") as log:
            print(error, file=log)
        return None
    return said
