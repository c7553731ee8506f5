"""The work of a machine that helps another one with a run's frozen part; nothing but shards comes of it.

`commands/cluster/helpers.py` starts it, and ends it at any moment.
"""

from __future__ import annotations

import contextlib
import tempfile
from functools import partial
from pathlib import Path

import msgspec

from tlcore import plan
from tlcore.graft import pipeline
from tlcore.graft.cache.parts import WorkShare
from tlcore.graft.training import precompute
from tlcore.graft.training.run_context import RunContext, StopRequested
from tlcore.runs.cluster import helping
from tlcore.runs.cluster.helping import FrozenWork
from tlcore.runs.job import Reporter
from tlcore.runs.run import Run


def help_run(run: Run) -> int:
    """Compute parts of the frozen part that `run` asks help for, until all are begun or the request is gone.

    Returns:
        rows that were computed.

    Raises:
        GraftError: an example cannot be read, or this machine would compute other numbers.
    """
    request = helping.read(run.folder)
    if request is None or not isinstance(request.work, FrozenWork):
        return 0
    work, rows = request.work, helping.rows(run.folder)
    with tempfile.TemporaryDirectory() as folder:  # what is said of this work is for nobody
        own, config = Run(Path(folder)), run.config()
        manifest = run.dataset().read(config.data_version)
        context = RunContext(own, config, run.dataset(), manifest, Reporter(own))
        context, inputs, device, graft = pipeline.load(context)
        front = graft.phase_models[-1 if work.unfrozen else 0].front
        part = precompute.frozen_part(context, front, inputs)
        macs = plan.frozen_macs(msgspec.structs.replace(context.config, unfreeze=work.unfrozen))
        engine = part.choose_engine(context.config.engine, device.is_gpu, macs)

        def check(done: int, total: int) -> None:
            if helping.read(run.folder) != request:
                raise StopRequested

        share = WorkShare(request.size, work.batch, partial(helping.take, run.folder), to_the_end=False)
        with contextlib.suppress(StopRequested):
            part.help(engine, work.store, rows, share, check)
        return part.computed
