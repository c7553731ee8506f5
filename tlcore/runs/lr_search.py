"""A search for learning rates: a job that tries them, and what its folder holds.

`config.json`, `status.json`, `train.log` as in a run, and `rate.json` at its end. Pages keep it in the cache,
in a folder named after all that decides about the curve, so that the same settings find it again.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from tlcore import config as configuration
from tlcore import system
from tlcore.config import HIDDEN, PhaseName, RunConfig, Unfreeze
from tlcore.config.training import FineTuningConfig, TrainingConfig
from tlcore.data.dataset import Dataset
from tlcore.evaluate.lr_curve import LrCurve
from tlcore.records import JsonType
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

FILE = "rate.json"
OWN = {FILE, "config.json", "status.json"}  # what its folder holds


class LrSearchRecord(msgspec.Struct, frozen=True):
    """Everything in `rate.json`: a curve for each phase, in their order."""

    phases: tuple[LrCurve, ...]

    def curve(self, phase: PhaseName) -> LrCurve | None:
        return next((curve for curve in self.phases if curve.phase == phase), None)


_RECORD = JsonType(LrSearchRecord)


class LrSearch(Run):
    """A search's folder. It can always be started anew: nothing of it is worth going on with."""

    @property
    def file(self) -> Path:
        return self.folder / FILE

    def config(self) -> RunConfig:
        """Its settings; a head that is open has no rate, so one that trains step by step is asked."""
        config = super().config()
        return configuration.with_hidden(config, HIDDEN if config.is_head_open else config.hidden)

    @classmethod
    def prepare(cls, folder: Path, config: RunConfig) -> Run:
        """Write down what a new search shall do, in the place of an earlier one.

        An empty `rate.json` comes first: a search that is cut off looks like a run without it.
        """
        search = cls(folder)
        search.check_free()
        folder.mkdir(parents=True, exist_ok=True)
        system.write_atomic(search.file, b"{}\n")
        return super().prepare(folder, config)

    def check_free(self) -> None:
        """Refuse a folder that holds something other than a search.

        Raises:
            RunError: it does.
        """
        ours = self.file.is_file() or self.folder.is_relative_to(Workspace().root / "cache")
        self.check_place(OWN if ours else ())

    def record(self) -> LrSearchRecord | None:
        """The result; None while there is nothing yet, or where another version wrote it."""
        return _RECORD.read_or(self.file, None)

    def write(self, record: LrSearchRecord) -> None:
        system.write_atomic(self.file, msgspec.json.encode(record) + b"\n")


def essential(config: RunConfig, phase: PhaseName) -> RunConfig:
    """The configuration without what does not change the curve of `phase`.

    The learning rates are out, how long and on which schedule the phase trains, and all that comes after it.
    What comes before stays, but for the head's rate: a head that is fine-tuned is trained at the automatic
    one. At another it would hardly be another head, and taking a rate for the head would hide the curve of
    the phase after it.
    """
    training, tuning = TrainingConfig(), FineTuningConfig()
    config = msgspec.structs.replace(
        config, data="", training=msgspec.structs.replace(config.training, learning_rate=None)
    )
    if phase == "fine-tuning":
        own = msgspec.structs.replace(
            config.fine_tuning,
            learning_rate=None,
            epochs=tuning.epochs,
            warmup_epochs=tuning.warmup_epochs,
            averaging=tuning.averaging,
            patience=tuning.patience,
        )
        return msgspec.structs.replace(config, fine_tuning=own)
    own_training = msgspec.structs.replace(
        config.training,
        epochs=training.epochs,
        schedule=training.schedule,
        warmup_epochs=training.warmup_epochs,
        patience=training.patience,
    )
    unfrozen: Unfreeze = 0 if phase == "head" else "all"
    return msgspec.structs.replace(config, unfreeze=unfrozen, training=own_training, fine_tuning=tuning)


def search_for(workspace: Workspace, dataset: Dataset, config: RunConfig) -> LrSearch:
    """The search with this (essential) configuration on this version of the data, there or not."""
    newest = dataset.manifest(dataset.latest)
    told = configuration.to_json(config) + f"{dataset.id} {newest.name} {newest.stat().st_mtime_ns}".encode()
    return LrSearch(workspace.root / "cache" / "rates" / hashlib.sha256(told).hexdigest()[:16])
