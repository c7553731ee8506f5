"""What differs by task in the model work, in one table: how examples become numbers, and for which network.

Pipeline, answers and race look a task up here and never ask which one it is. Another task is another module.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, cast

import keras
import numpy as np

from tlcore.backbones.catalogue import catalogue
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example, Task
from tlcore.download import OnProgress
from tlcore.graft.inputs.protocol import Inputs
from tlcore.graft.network import build as network_build

Shape = tuple[int | None, ...]
AnswerFields = dict[str, str]
RowLoader = Callable[[np.ndarray], np.ndarray]
ModelFunction = Callable[[np.ndarray], tuple[np.ndarray, ...]]

# By name, since only who works on texts has to load KerasHub.
MODULES: dict[Task, str] = {
    "images": "tlcore.graft.inputs.images",
    "texts": "tlcore.graft.inputs.texts",
}


class Stages(Protocol):
    """What a task's module offers."""

    AT_ONCE: int
    """Examples about which a finished model is asked at a time."""

    def inputs(
        self,
        dataset: Dataset,
        examples: Sequence[Example],
        config: RunConfig,
        on_progress: OnProgress | None = None,
    ) -> Inputs:
        """The examples of a data set as the network takes them."""

    def build(
        self,
        config: RunConfig,
        classes: int,
        inputs: Inputs,
        on_progress: OnProgress | None = None,
        pretrained: bool = True,
    ) -> network_build.Graft:
        """The network for `classes` classes; `inputs` are what it will see."""

    def given(
        self, dataset: Dataset, examples: Sequence[Example], config: RunConfig, shape: Shape
    ) -> RowLoader:
        """Row numbers → what a finished model of this input shape takes for those examples, (n, …)."""

    def read(
        self, path: Path, config: RunConfig, shape: Shape
    ) -> Iterator[tuple[list[AnswerFields], np.ndarray]]:
        """The examples in a file, some at a time.

        What an answer begins with for each of them, `path` among it, and what a finished model of this
        input shape takes, (n, …). One that begins with an `error` is not among those.

        Raises:
            DataError: there are none.
        """

    def asking(self, model: keras.Model) -> ModelFunction:
        """A finished model's outputs, (n, …) each, for what it takes, (n, …); compiled."""

    def blank(self, shape: Shape) -> np.ndarray:
        """An example with nothing in it, (1, …)."""


def of(config: RunConfig) -> Stages:
    """The stages for a run: its backbone says which.

    Raises:
        BackboneError: there is no such backbone.
    """
    return cast(Stages, importlib.import_module(MODULES[catalogue.task_of(config.backbone)]))
