"""A frozen part on a cluster: by one machine, by two, and by two of which one is killed in the middle."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Generator
from pathlib import Path

from benchmarks.cluster.trial import backend_of, until, weights
from benchmarks.common.measure import Row
from tests.fixtures.ray_cluster import RayCluster, helper_of
from tests.fixtures.tiny_training import draw, small
from tlcore import plan
from tlcore.commands.shared.datasets import open_data
from tlcore.config import RunConfig
from tlcore.config.augmentation import AugmentationConfig
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

SIDE = 224  # pixels
EXPECTED = 120.0  # seconds that a run reckons with for all rows: enough for one helper
NO_NEED = 1e18  # multiply-accumulates a second of a machine that asks for none
ALONE, HELPED, KILLED = (
    f"a frozen part, {how}"
    for how in ("one machine", "two machines", "two machines, one killed in the middle")
)


def frozen_parts(folder: Path, cluster: RayCluster, pictures: int, views: int) -> Generator[Row, None, Run]:
    """Seconds of the stage in which features are computed; returns one of the runs. One of the machines is
    killed at last, and another one started.
    """
    data = open_data(draw(folder / "many", per_class=pictures // 3), Workspace()).folder
    augmentation = AugmentationConfig(views=views)
    config = small(epochs=2, input_size=SIDE, engine="keras", augmentation=augmentation, data=str(data))
    run, seconds = computed(ALONE, config, cluster, NO_NEED)
    model, rows = weights(run), features()
    yield {"what": ALONE, "seconds": seconds, "holds": by_others(run) == 0, "rows": len(rows)}
    speed = plan.frozen_macs(config) * len(rows) / EXPECTED
    for what in (HELPED, KILLED):
        run, seconds = computed(what, config, cluster, speed)
        holds = weights(run) == model and features() == rows and by_others(run) > 0
        yield {"what": what, "seconds": seconds, "holds": holds, "by others": by_others(run)}
    cluster.add_machine()
    return run


def computed(what: str, config: RunConfig, cluster: RayCluster, speed: float) -> tuple[Run, float]:
    """A finished run that found nothing in the cache, and the seconds of its frozen part.

    Args:
        speed: of a machine, as the run shall believe.
    """
    workspace, backend = Workspace(), backend_of(cluster)
    shutil.rmtree(workspace.shared.cache / "features", ignore_errors=True)
    plan.remember(workspace, "images", plan.MachineSpeed(speed, "CPU"))
    run = Run.prepare(workspace.runs / re.sub(r"\W+", "-", what), config)
    backend.submit(run)
    until(lambda: run.recorded().total > 1 and run.recorded().stage == "features", run)
    began = time.monotonic()
    if what == KILLED:
        until(lambda: helper_of(run, 4) is not None, run)
        cluster.kill(cluster.machine_of(helper_of(run, 4) or 0))
    until(lambda: run.recorded().stage != "features", run)
    seconds = time.monotonic() - began
    until(lambda: backend.status(run).state == "done", run)
    return run, seconds


def features() -> dict[bytes, bytes]:
    """All rows in the cache."""
    from tests.fixtures.stored_rows import kept

    (store,) = (Workspace().shared.cache / "features").iterdir()
    return {key: row.tobytes() for key, row in kept(store).items()}


def by_others(run: Run) -> int:
    """Rows that others than its own worker computed."""
    said = run.log.read_text(encoding="utf-8")
    ((mine, total),) = re.findall(r"(\d+) of (\d+) rows computed", said)
    return int(total) - int(mine)
