"""The differences between tasks in the model work, in one table: inputs and network.

Pipeline, answers and race look a task up here and never ask which one it is. Another task is another module.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

import keras
import numpy as np

from tlcore.backbones.catalogue import catalogue
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example, Task
from tlcore.download import OnProgress
from tlcore.graft.inputs.protocol import Inputs
from tlcore.graft.network.build import Graft

Shape = tuple[int | None, ...]
AnswerFields = dict[str, Any]
RowLoader = Callable[[np.ndarray], np.ndarray]
ModelFunction = Callable[[np.ndarray], tuple[np.ndarray, ...]]

# By name, since only work on texts has to load KerasHub.
MODULES: dict[Task, str] = {
    "images": "tlcore.graft.inputs.images",
    "texts": "tlcore.graft.inputs.texts",
    "detection": "tlcore.graft.inputs.detection",
    "segmentation": "tlcore.graft.inputs.segmentation",
}


class Stages(Protocol):
    """The functions of a task's module."""

    AT_ONCE: int
    """Examples that a finished model answers at a time."""

    def build_ahead(self, backbone: str, input_size: int | None) -> keras.Model:
        """The pretrained backbone, which the next `build` that needs it will take."""

    def inputs(
        self,
        dataset: Dataset,
        examples: Sequence[Example],
        config: RunConfig,
        on_progress: OnProgress | None = None,
    ) -> Inputs:
        """The examples of a data set as inputs of the network."""

    def build(
        self,
        config: RunConfig,
        classes: int,
        inputs: Inputs,
        on_progress: OnProgress | None = None,
        pretrained: bool = True,
    ) -> Graft:
        """The network for `classes` classes and these `inputs`."""

    def row_loader(
        self, dataset: Dataset, examples: Sequence[Example], config: RunConfig, shape: Shape
    ) -> RowLoader:
        """Row numbers → inputs of a finished model of this input shape for those examples, (n, …)."""

    def read(
        self, path: Path, config: RunConfig, shape: Shape
    ) -> Iterator[tuple[list[AnswerFields], np.ndarray]]:
        """The examples in a file, some at a time.

        The first fields of an answer for each of them, with its `path`, and inputs of a finished model of
        this input shape, (n, …). An example with an `error` among its fields has no input.

        Raises:
            DataError: there are none.
        """

    def compile_model(self, model: keras.Model) -> ModelFunction:
        """A compiled function from inputs of a finished model, (n, …), to its outputs, (n, …) each."""

    def blank_input(self, shape: Shape) -> np.ndarray:
        """An example with nothing in it, (1, …)."""


def of(config: RunConfig) -> Stages:
    """The stages for the task of a run.

    Raises:
        BackboneError: there is no such backbone.
    """
    return cast(Stages, importlib.import_module(MODULES[catalogue.task_of(config)]))


def of_backbone(backbone: str) -> Stages:
    """The stages for what this backbone reads: to load it, whatever it is for."""
    return cast(Stages, importlib.import_module(MODULES[catalogue.reads(backbone)]))
