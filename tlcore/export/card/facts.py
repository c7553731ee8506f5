"""The records of a run about its model and data, gathered for the model card; None where one is gone."""

from __future__ import annotations

import contextlib
import zipfile
from collections import Counter
from dataclasses import dataclass

import msgspec

from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.entry import Backbone
from tlcore.config import RunConfig
from tlcore.config.task import Task
from tlcore.data.manifest import Manifest, SplitName
from tlcore.data.task_words import WORDS, TaskWords
from tlcore.errors import GraftError
from tlcore.evaluate import analysis
from tlcore.evaluate.analysis import Analysis
from tlcore.evaluate.report import Report
from tlcore.records import JsonType, MalformedJson
from tlcore.runs import run_records
from tlcore.runs.run import Run
from tlcore.runs.split_assignment import assign_splits

MOST_METADATA = 10_000  # bytes


class SavedBy(msgspec.Struct, frozen=True):
    """`metadata.json` of a Keras file."""

    keras_version: str = ""


_SAVED_BY = JsonType(SavedBy)


@dataclass(frozen=True)
class CardFacts:
    """Everything that a card tells.

    Attributes:
        name: what a person called the run, or its id.
        backbone, manifest: None where their folder is gone.
        splits: how many examples are in each part; empty without the manifest.
        keras_version: that saved the model; "" where the file does not say.
    """

    name: str
    config: RunConfig
    task: Task
    report: Report
    labels: tuple[str, ...]
    threshold: float
    backbone: Backbone | None
    manifest: Manifest | None
    splits: dict[SplitName, int]
    analysis: Analysis | None
    keras_version: str

    @property
    def words(self) -> TaskWords:
        return WORDS[self.task]


def gather(run: Run) -> CardFacts:
    """The facts of a finished run.

    Raises:
        RunError: it has no model, or its records cannot be read.
    """
    run.require_model()
    config, backbone, manifest = run.config(), None, None
    splits: Counter[SplitName] = Counter()
    with contextlib.suppress(GraftError):
        backbone = catalogue.get(config.backbone)
    with contextlib.suppress(GraftError):
        manifest = run.manifest()
        splits.update(assign_splits(config, manifest))
    return CardFacts(
        name=run_records.read_notes(run.folder).name or run.id,
        config=config,
        task=run.task,
        report=run.report(),
        labels=run.labels(),
        threshold=run.threshold(),
        backbone=backbone,
        manifest=manifest,
        splits=dict(splits),
        analysis=analysis.read(run.folder),
        keras_version=_keras_version(run),
    )


def _keras_version(run: Run) -> str:
    with (
        contextlib.suppress(OSError, zipfile.BadZipFile, KeyError, RuntimeError, MalformedJson),
        zipfile.ZipFile(run.model) as archive,
        archive.open("metadata.json") as file,
    ):
        return _SAVED_BY.decode(file.read(MOST_METADATA)).keras_version
    return ""
