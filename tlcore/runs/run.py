"""The run folder: a job that trains a model. Its files are a contract that any program may read.

`config.json`, `status.json`, `metrics.jsonl`, `train.log`, `checkpoints/`, `model.keras`, `labels.json`,
`report.json`, `study.json`, `features.npz`, `before_refit.npz`, `live.json` and `helpers/` for a while,
`decision.json` once somebody has chosen, `tracking.json` where somebody asked for other programs, `exports/`.
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from pathlib import Path

from tlcore import config as configuration
from tlcore import system
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.entry import FILE_PREFIX
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset, manifest_for
from tlcore.data.manifest import Manifest, Task
from tlcore.data.task_words import WORDS, TaskWords
from tlcore.errors import GraftError, RunError
from tlcore.evaluate import confidence_threshold
from tlcore.evaluate.report import Report
from tlcore.evaluate.report import read as read_report
from tlcore.records import JsonType, MalformedJson
from tlcore.runs.job import AT_START, ELSEWHERE, TAKEN, Job
from tlcore.runs.metrics import MetricRow, read_from
from tlcore.workspace import Workspace, backbone_store
from tlcore.workspace.refusals import list_folder, writing

# What a run that never started may hold.
BEFORE_START = AT_START | {"config.json", "notes.json", "tracking.json"}


_LABELS = JsonType(tuple[str, ...])


class Run(Job):
    """One run's folder."""

    @classmethod
    def prepare(cls, folder: Path, config: RunConfig) -> Run:
        """Write down what a new run shall do; nothing starts yet.

        Raises:
            RunError: the folder holds a run, or something else, already.
        """
        run = cls(folder)
        run.check_free()
        with writing():
            folder.mkdir(parents=True, exist_ok=True)
            system.write_atomic(folder / "config.json", configuration.to_json(config))
            backbone_store.note_outside(
                Workspace().root, config.backbone.removeprefix(FILE_PREFIX), folder.absolute()
            )
        return run

    def check_free(self) -> None:
        """Refuse a folder in which a new run would mix with something else.

        Raises:
            RunError: it holds a run, or something else, already.
        """
        try:
            own = {"notes.json"} | ({"config.json"} if self.config() else set())
        except GraftError:
            own = set()
        what = "There is a run in that folder already." if "config.json" in own else TAKEN
        self.check_place(own, what, "Choose a new folder, or resume the run." if own else ELSEWHERE)

    @classmethod
    def existing(cls, folder: Path) -> Run:
        """The run in `folder`.

        Raises:
            RunError: there is none.
        """
        if not (folder / "config.json").is_file():
            raise RunError("There is no run in that folder.", received=folder)
        return cls(folder)

    def is_unstarted(self) -> bool:
        """Tell whether the folder holds nothing but what `prepare` and the start of a process leave."""
        return self.folder.is_dir() and all(
            item.name in BEFORE_START or ".part" in item.name for item in self.folder.iterdir()
        )

    @property
    def model(self) -> Path:
        return self.folder / "model.keras"

    @property
    def has_model(self) -> bool:
        """It can answer; its report is there too, since the model is put in place last."""
        return self.model.is_file()

    def require_model(self) -> None:
        """Refuse to answer before there is something to answer with.

        Raises:
            RunError: the run has no model yet.
        """
        if not self.has_model:
            raise RunError("This run has no model yet.", received=self.id, remedy="Let it finish first.")

    @property
    def metrics(self) -> Path:
        return self.folder / "metrics.jsonl"

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    def config(self) -> RunConfig:
        """Its settings, with everything that was left open filled in.

        Raises:
            GraftError: its folder is gone, or what it was asked to do cannot be read.
        """
        try:
            content = system.read_bytes(self.folder / "config.json")
        except OSError as error:
            raise RunError(
                "That run is gone, or it cannot be read.", received=self.id, remedy="Choose another one."
            ) from error
        return configuration.resolved(configuration.as_written(configuration.from_json(content)))

    @property
    def task(self) -> Task:
        """The task that it was trained for: the data may be gone.

        Raises:
            GraftError: as `config`.
        """
        return catalogue.task_of(self.config())

    @property
    def words(self) -> TaskWords:
        """The words for its examples; errors as for `task`."""
        return WORDS[self.task]

    def dataset(self) -> Dataset:
        """The data set that it trains on, whether it is still there or not; errors as for `config`."""
        return Dataset(Path(self.config().data))

    @property
    def is_from_elsewhere(self) -> bool:
        """Its network came in a file, so nobody can tell what that was trained on; errors as for `config`."""
        return self.config().backbone.startswith(FILE_PREFIX)

    @property
    def is_brought(self) -> bool:
        """It is as it came in a file: nothing of it was trained here; errors as for `config`."""
        return self.is_from_elsewhere and self.has_model and not self.metrics.is_file()

    @property
    def counts_terms(self) -> bool:
        """Its head counts words or letters of texts; errors as for `config`. False: not, or not finished."""
        if self.task != "texts" or not self.has_model:
            return False
        choice = self.report().head_choice
        return choice is not None and choice.counts is not None

    def manifest(self) -> Manifest:
        """The version of the data set that it trains on.

        Raises:
            GraftError: as `config`, or as `Dataset.read`.
        """
        return manifest_for(self.config())

    def drop_checkpoints(self) -> None:
        """Free the disk that only resuming needs; the folder itself belongs to the contract."""
        for phase in self.checkpoints.glob("*"):
            shutil.rmtree(phase, ignore_errors=True)

    def labels(self) -> tuple[str, ...]:
        """Class names in the order of the model's outputs.

        Raises:
            RunError: they are not written yet.
        """
        try:
            return _LABELS.read(self.folder / "labels.json")
        except (OSError, MalformedJson) as error:
            raise RunError(
                "This run has no classes yet.", received=self.id, remedy="Start it first."
            ) from error

    def write_labels(self, labels: tuple[str, ...]) -> None:
        system.write_atomic(
            self.folder / "labels.json", json.dumps(labels, ensure_ascii=False, indent=1).encode() + b"\n"
        )

    def report(self) -> Report:
        return read_report(self.folder / "report.json")

    def edition(self) -> str:
        """Tells its model from the one it had before it was stopped and went on; "" where it has none."""
        try:
            return hashlib.sha256(system.read_bytes(self.folder / "report.json")).hexdigest()[:16]
        except OSError:
            return ""

    def threshold(self) -> float:
        """The least confidence for a sure answer, or the least score of a box that counts."""
        detection = self.report().test.detection
        if detection:
            return confidence_threshold.read_for(self.folder, self.edition(), detection.threshold)
        return confidence_threshold.read(self.folder).threshold

    def rows(self, position: int = 0) -> tuple[list[MetricRow], int]:
        """Metric rows written after byte `position`, and the new position."""
        return read_from(self.metrics, position)


def runs(folder: Path) -> list[Run]:
    """All runs below the workspace's `runs` folder, newest first; but for folders whose names are no text."""
    found = [item for item in list_folder(folder) if (item / "config.json").is_file()]
    found = [item for item in found if system.is_text(item.name)]
    return [Run(item) for item in sorted(found, key=lambda item: system.age(item / "config.json"))]


def training_seconds(run: Run) -> float:
    """Seconds from the beginning of a run's last attempt to its report; infinite where that is not known."""
    try:
        return (run.folder / "report.json").stat().st_mtime - (run.folder / "labels.json").stat().st_mtime
    except OSError:
        return math.inf
