"""The task that Ray runs on a machine of the cluster: the same worker as on one's own machine, as a child."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tlcore.runs.cluster import lease as leases
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
    threads = {"TF_NUM_INTRAOP_THREADS": os.environ.get("OMP_NUM_THREADS", "")}  # Ray sets this to our share
    environment = {**{name: n for name, n in threads.items() if n}, **child_environment(), **own}
    with run.log.open("ab") as log:
        words = command(worker_arguments(run))
        return subprocess.run(
            words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, check=False
        ).returncode
