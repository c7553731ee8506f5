"""For tests of experiments on the pages: finished ones, put there by hand as the runs would leave them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from tests.several import write_run
from tlcore.commands.experiment_plan import planned
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.runs.designs import DESIGNS
from tlcore.runs.experiment import Entry, Experiment, Kind
from tlcore.runs.job import Status
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

# How many of the 100 test examples each run gets wrong.
WRONG: dict[Kind, dict[str, int]] = {
    "race": {"efficientnet_lite0": 7, "mobilenet_v2": 10, "resnet50": 6},
    "unfreeze": {"nothing": 8, "last": 7, "half": 4, "all": 5, "random": 52},
    "amount": {
        "5-pretrained": 24,
        "10-pretrained": 15,
        "all-pretrained": 9,
        "5-random": 66,
        "10-random": 61,
        "all-random": 48,
    },
}
SPEEDS = {"efficientnet_lite0": 14.0, "mobilenet_v2": 15.3, "resnet50": 38.2}


def write_experiment(
    data: Path, kind: Kind, finished: Mapping[str, int] | None = None, id: str = "20260305-101500-abcd"
) -> Experiment:
    """One in the workspace, whose `finished` arms got so many wrong; None: all of them have.

    It is concluded when all have finished; otherwise it was killed over the next one.
    """
    finished = WRONG[kind] if finished is None else finished
    design = DESIGNS[kind]
    racers = tuple(WRONG["race"]) if design.races else ()
    manifest = Dataset(data).read()
    asked = planned(design, RunConfig(data=str(data)), manifest, racers, ())
    experiment = Experiment(Workspace().experiments / f"flowers-{kind}-{id}")
    experiment.folder.mkdir()
    experiment.claim(asked)
    for number, arm in enumerate(asked.arms):
        if arm.key in finished:
            entry = Entry(
                arm=arm.key,
                run=experiment.place(arm),
                trained_parameters=164_355 + 400_000 * number,
                milliseconds=SPEEDS.get(arm.key),
            )
            run = experiment.run(entry)
            wrong = range(finished[arm.key])
            write_run(run.folder, arm.config, wrong, validation=1 - finished[arm.key] / 100)
            write_status(run, Status("done", started=1000.0, updated=1042.0 + number))
            experiment.put(experiment.settled(entry))
    if len(finished) == len(asked.arms):
        experiment.finish(design.conclude)
        write_status(experiment, Status("done", started=2000.0))
    else:
        write_status(experiment, Status("running", pid=2**22 + 1, started=2000.0))
    return experiment


def write_status(job: Run | Experiment, status: Status) -> None:
    (job.folder / "status.json").write_bytes(msgspec.json.encode(status))
