"""Context of one run for all steps of the pipeline: its configuration, its data and its reporter."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from tlcore import config as configuration
from tlcore import system
from tlcore.config import PhaseName, RunConfig
from tlcore.data.class_weights import class_weights
from tlcore.data.dataset import Dataset
from tlcore.data.examples.example_columns import SPLIT_NUMBERS
from tlcore.data.examples.summary import columns_of
from tlcore.data.manifest import Manifest
from tlcore.data.splits import group_numbers
from tlcore.data.task_words import WORDS
from tlcore.errors import DataError
from tlcore.graft.cache.features import FeatureReader
from tlcore.graft.inputs.protocol import TargetReader
from tlcore.graft.training.batches import TrainingBatches
from tlcore.graft.training.objectives.objective import Objective
from tlcore.runs.job import Reporter
from tlcore.runs.run import Run
from tlcore.runs.split_assignment import assign_splits


class StopRequested(Exception):
    """The person asked to stop while there was no model yet, or nothing more to gain."""


@dataclass(frozen=True)
class RunContext:
    """One run: its configuration, data and reporter."""

    run: Run
    config: RunConfig
    dataset: Dataset
    manifest: Manifest
    reporter: Reporter
    # Of a task whose targets are no class numbers; known once its examples are at hand.
    objective: Objective | None = None
    targets: TargetReader | None = None

    @functools.cached_property
    def splits(self) -> np.ndarray:
        """The split of every example, (n,), as its place in `SPLIT_CODES`."""
        places = assign_splits(self.config, self.manifest)
        return np.array([SPLIT_NUMBERS[split] for split in places], np.int8)

    def rows(self, split: str) -> np.ndarray:
        """Row numbers of one split.

        Raises:
            DataError: there are none.
        """
        rows = np.flatnonzero(self.splits == SPLIT_NUMBERS[split])
        if not len(rows):
            many = WORDS[self.manifest.task].many
            raise DataError(f"The data set has no {many} for the {split} part.", received=self.manifest.name)
        return rows

    def on_download(self, name: str, done: int, total: int) -> None:
        """Report the progress of the backbone's download."""
        self.reporter.progress(done, total, f"Downloading the backbone's weights ({name})")
        self.check_stop()

    def with_settings(self, **settings: object) -> RunContext:
        """The same context with these settings, written to `config.json`: a resumed run goes on with them."""
        config = msgspec.structs.replace(self.config, **settings)
        if config == self.config:
            return self
        system.write_atomic(self.run.folder / "config.json", configuration.to_json(config))
        return replace(self, config=config)

    def check_stop(self) -> bool:
        """False, unless the person asked to stop.

        Raises:
            Stopped: they did.
        """
        if self.run.stop_requested():
            raise StopRequested
        return False

    def class_numbers(self) -> np.ndarray:
        """Class number of every example, (n,) int64."""
        number = {label: i for i, label in enumerate(self.manifest.classes)}
        own = columns_of(self.manifest.examples)
        return np.array([number[label] for label in own.labels], np.int64)[own.label]

    def groups(self) -> np.ndarray:
        """A number for every example, (n,), the same for those that the split keeps together."""
        return group_numbers(self.manifest, self.config.split)

    def views(self, rows: np.ndarray) -> np.ndarray:
        """The rows of each picture's views, (n, 1 + views), the picture as it is first."""
        total = len(self.manifest.examples)
        return rows[:, None] + total * np.arange(1 + self.config.augmentation.views)

    def all_rows(self) -> np.ndarray:
        """Every row that this run will read, ascending: the examples, and views of the training ones."""
        examples = np.flatnonzero(self.splits != SPLIT_NUMBERS["unused"])
        return np.concatenate([examples, np.sort(self.views(self.rows("train"))[:, 1:].ravel())])

    def batches(self, reader: FeatureReader, rows: np.ndarray) -> TrainingBatches:
        """Batches of the examples `rows` (n,) as they are, for scoring."""
        return TrainingBatches(
            reader,
            rows,
            self._labels()[rows],
            self.config.training.batch_size,
            targets=self.targets,
        )

    def training_batches(
        self, reader: FeatureReader, rows: np.ndarray, views: bool, phase: PhaseName = "head"
    ) -> TrainingBatches:
        """Batches of the examples `rows` (n,) for a phase: with class weights, in one of their `views`."""
        labels = self._labels()[rows]
        view_rows = self.views(rows) if views and self.config.augmentation.views else rows
        weights = self.class_weights()
        return TrainingBatches(
            reader,
            view_rows,
            labels,
            self.config.recipe(phase).batch_size,
            None if weights is None else np.array(weights)[labels],
            self.targets,
        )

    def _labels(self) -> np.ndarray:
        """Class numbers (n,); zeros where examples have no class of their own."""
        if self.targets is None:
            return self.class_numbers()
        return np.zeros(len(self.manifest.examples), np.int64)

    def class_weights(self) -> tuple[float, ...] | None:
        """Weight of a training example, by class; None: all the same."""
        if self.config.training.class_weights == "none" or self.targets is not None:
            return None
        labels = self.class_numbers()[self.rows("train")]
        return class_weights(np.bincount(labels, minlength=len(self.manifest.classes)).tolist())
