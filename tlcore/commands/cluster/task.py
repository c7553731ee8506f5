"""The tasks that Ray runs on a machine of the cluster: a run's worker, the same as on one's own machine, as a
child; and a helper of another machine's job, which dies with the task.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tlcore.commands.shared.answering import help_batch
from tlcore.commands.shared.scoring import help_test
from tlcore.runs.batches.batch import Batch
from tlcore.runs.cluster import helping
from tlcore.runs.cluster import lease as leases
from tlcore.runs.cluster.helping import AnswerWork, ScoreWork
from tlcore.runs.job import Job
from tlcore.runs.run import Run
from tlcore.runs.workers.local_backend import child_environment, command, worker_arguments


def work(folder: str, token: str) -> int:
    """Train the run in `folder` under the lease `token`.

    Returns:
        the worker's exit code, or minus the signal that ended it.
    """
    import ray

    run, context = Run(Path(folder)), ray.get_runtime_context()
    own = {
        leases.TOKEN: token,
        leases.NODE: context.get_node_id(),
        "GRAFT_LOG": str(run.log),
    }
    environment = {**_threads(), **child_environment(), **own}
    with run.log.open("ab") as log:
        words = command(worker_arguments(run))
        return subprocess.run(
            words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, check=False
        ).returncode


def help_out(folder: str) -> int:
    """Do some of the work that the job in `folder` asks help for.

    Returns:
        how much.
    """
    for name, number in _threads().items():
        os.environ.setdefault(name, number)
    request = helping.read(Path(folder))
    if request and isinstance(request.work, ScoreWork):
        return help_test(Job(Path(folder)))
    if request and isinstance(request.work, AnswerWork):
        return help_batch(Batch(Path(folder)))
    from tlcore.graft import helper

    return helper.help_run(Run(Path(folder)))


def _threads() -> dict[str, str]:
    """As many threads for TensorFlow as Ray has given us processors, where it says so."""
    number = os.environ.get("OMP_NUM_THREADS", "")
    return {"TF_NUM_INTRAOP_THREADS": number} if number else {}
