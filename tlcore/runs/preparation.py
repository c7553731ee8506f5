"""A preparation: a job that runs the frozen part on a data set before any training, and estimates its score.

`config.json`, `status.json`, `train.log` as in a run; at its end `estimate.json` and `features.npz`. Its
folder lies in the cache, below the name of the data set, and is named after all that decides about the
estimate: another version of the data, or another backbone, is another preparation.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import time
from pathlib import Path

import msgspec

from tlcore import config as configuration
from tlcore import system
from tlcore.config import RunConfig
from tlcore.config.split import SplitConfig
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Task
from tlcore.errors import GraftError
from tlcore.evaluate.estimate import record
from tlcore.evaluate.estimate.record import Estimate, ExampleFeatures
from tlcore.runs.job import START_SECONDS
from tlcore.runs.queue import waiting_names
from tlcore.runs.run import Run
from tlcore.workspace import Workspace
from tlcore.workspace.refusals import writing

OWN = {record.FILE, record.FEATURES, "config.json", "status.json"}  # what its folder holds
# The tasks that are prepared for: an estimate rests on one class of each example.
TASKS: tuple[Task, ...] = ("images", "texts")
GAVE_WAY = "gave way"  # stage of one that has ended for a run, and may go on once there is none
MOST = 12  # stored for one data set ...
MOST_FEATURES = 3  # ... and so many of them with their features


class Preparation(Run):
    """A preparation's folder. It can always be started anew: the features so far are in the cache."""

    @classmethod
    def prepare(cls, folder: Path, config: RunConfig) -> Run:
        """Write down what a preparation shall do, in the place of an earlier one.

        An empty `estimate.json` comes first: one that is cut off looks like a run without it. In the cache,
        where the folder's name says what it is of, an estimate stays until the next one takes its place.
        """
        cls(folder).check_free()
        with writing():
            folder.mkdir(parents=True, exist_ok=True)
            if not folder.is_relative_to(_root(Workspace())) or record.read(folder) is None:
                system.write_atomic(folder / record.FILE, b"{}\n")
        return super().prepare(folder, config)

    def check_free(self) -> None:
        """Refuse a folder that holds something other than a preparation.

        Raises:
            RunError: it does.
        """
        ours = (self.folder / record.FILE).is_file() or self.folder.is_relative_to(_root(Workspace()))
        self.check_place(OWN if ours else ())

    @property
    def gave_way(self) -> bool:
        """It ended for a run."""
        status = self.recorded()
        return status.state == "cancelled" and status.stage == GAVE_WAY

    @property
    def is_handed_over(self) -> bool:
        """It ended for a run a moment ago, and the process that goes on is about to report."""
        return self.gave_way and 0 <= time.time() - self.recorded().updated < START_SECONDS

    def estimate(self) -> Estimate | None:
        """The result; None while there is none."""
        return record.read(self.folder)


def essential(config: RunConfig) -> RunConfig:
    """The configuration without what changes neither features nor estimate.

    The split is the usual one, whatever a run chooses: else each step of a slider would be an estimate of its
    own. The test examples of another split may be among those that the estimate rests on; no run learns from
    it, and the page says whose test examples it leaves alone.
    """
    return RunConfig(
        data=config.data,
        data_version=config.data_version,
        backbone=config.backbone,
        input_size=config.input_size,
        fit=config.fit,
        engine=config.engine,
        split=SplitConfig(),
    )


def preparation_for(workspace: Workspace, dataset: Dataset, config: RunConfig) -> Preparation:
    """The preparation of this version of the data for these settings, there or not.

    Raises:
        OSError: the version is gone.
    """
    name = f"{_version_key(dataset, config.data_version)}-{_settings_key(config)}"
    return Preparation(_folder(workspace, dataset) / name)


def arguments(job: Preparation, dataset: Dataset) -> list[str]:
    """The command that does in the background what the `config.json` of a preparation says."""
    config = str(job.folder / "config.json")
    return ["prepare", str(dataset.folder), "--out", str(job.folder), "--config", config, "--background"]


def preparations_of(
    workspace: Workspace, dataset: Dataset, version: int | None = None, config: RunConfig | None = None
) -> list[Preparation]:
    """Preparations of a data set, the one that was started last first: all, those of one version as it is on
    the disk now, or those for some settings.
    """
    try:
        of_version = "*" if version is None else _version_key(dataset, version)
    except OSError:  # it was deleted
        return []
    pattern = f"{of_version}-{'*' if config is None else _settings_key(config)}/"
    found = [Preparation(folder) for folder in _folder(workspace, dataset).glob(pattern)]
    return sorted(found, key=lambda item: system.age(item.folder / "config.json"))


def all_preparations(workspace: Workspace) -> list[Preparation]:
    """Those of all data sets, also of some that are gone."""
    return [Preparation(folder) for folder in _root(workspace).glob("*/*/")]


def _version_key(dataset: Dataset, version: int) -> str:
    """A name for a version. Another data set in its place, or one of the same name elsewhere, has another."""
    manifest = dataset.manifest(version)
    return _digest(f"{manifest.absolute()} {manifest.stat().st_mtime_ns}".encode(errors="replace"))


def _settings_key(config: RunConfig) -> str:
    return _digest(configuration.to_json(essential(msgspec.structs.replace(config, data="", data_version=1))))


def _digest(told: bytes) -> str:
    return hashlib.sha256(told).hexdigest()[:12]


def _folder(workspace: Workspace, dataset: Dataset) -> Path:
    return _root(workspace) / dataset.id


def forget_old(workspace: Workspace, dataset: Dataset) -> None:
    """Delete all preparations of a data set but the last few, and those of data sets that are gone."""
    for number, item in enumerate(preparations_of(workspace, dataset)):
        if number >= MOST:
            shutil.rmtree(item.folder, ignore_errors=True)
        elif number >= MOST_FEATURES:
            with contextlib.suppress(OSError):
                (item.folder / record.FEATURES).unlink(missing_ok=True)
    for folder in _root(workspace).glob("*/"):
        if not any(_has_data(item) for item in folder.glob("*/")):
            shutil.rmtree(folder, ignore_errors=True)


def _has_data(folder: Path) -> bool:
    """Tell whether the data set that a preparation was for is still there."""
    with contextlib.suppress(GraftError):
        return Path(Preparation(folder).config().data).is_dir()
    return False


def stored_features(
    workspace: Workspace, dataset: Dataset, config: RunConfig, contents: set[str]
) -> ExampleFeatures | None:
    """Features that enter a head for these contents, SHA-256 each, from a preparation of an earlier version.

    None where none has all of them. Where the examples decide the input size, they must be the same ones.
    """
    for item in preparations_of(workspace, dataset, config=config):
        known = ExampleFeatures.load(item.folder)
        there = set(known.sha256.tolist()) if known else set()
        if contents <= there and known and (there == contents or not known.size_from_data):
            return known
    return None


def is_run_in_line(workspace: Workspace) -> bool:
    """Tell whether a run trains or waits for its turn, or something else that trains."""
    return bool(waiting_names(workspace.shared.queue))


def _root(workspace: Workspace) -> Path:
    return workspace.root / "cache" / "estimates"
