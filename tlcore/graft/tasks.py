"""What differs by task in the model work, in one table: how examples become numbers, and for which network.

Pipeline, answers and race look a task up here and never ask which one it is. Another task is another entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from tlcore.backbones import catalogue
from tlcore.backbones.weights import Progress
from tlcore.config import RunConfig
from tlcore.data import pictures
from tlcore.data.manifest import Dataset, Example, Task
from tlcore.graft import model
from tlcore.graft.decoding import Pictures
from tlcore.graft.inputs import Inputs

Shape = tuple[int | None, ...]
Head = dict[str, str]


class Build(Protocol):
    """Makes the network for `classes` classes; `inputs` are what it will see."""

    def __call__(
        self,
        config: RunConfig,
        classes: int,
        inputs: Inputs,
        on_progress: Progress | None = None,
        pretrained: bool = True,
    ) -> model.Graft: ...


@dataclass(frozen=True)
class Stages:
    """One task."""

    inputs: Callable[[Dataset, Sequence[Example], RunConfig], Inputs]
    build: Build
    # The examples in a file, some at a time: what an answer begins with for each of them (its `path`), and
    # what a finished model of this input shape takes, (n, …). Raises a DataError where there are none.
    read: Callable[[Path, RunConfig, Shape], Iterator[tuple[list[Head], np.ndarray]]]
    blank: Callable[[Shape], np.ndarray]  # an example with nothing in it, (1, …)


def _pictures(dataset: Dataset, examples: Sequence[Example], config: RunConfig) -> Pictures:
    size = catalogue.input_size(catalogue.get(config.backbone), config.input_size)
    paths = [dataset.file(example.sha256) for example in examples]
    return Pictures(paths, size, config.fit, config.augmentation)


def _picture_model(
    config: RunConfig,
    classes: int,
    inputs: Inputs,
    on_progress: Progress | None = None,
    pretrained: bool = True,
) -> model.Graft:
    return model.build(config, classes, on_progress, pretrained)


def _picture(path: Path, config: RunConfig, shape: Shape) -> Iterator[tuple[list[Head], np.ndarray]]:
    yield [{"path": str(path)}], pictures.decode(path, shape[1] or 0, config.fit)[None]


def _black(shape: Shape) -> np.ndarray:
    return np.zeros((1, *shape[1:]), np.uint8)  # type: ignore[arg-type]


STAGES: dict[Task, Stages] = {"images": Stages(_pictures, _picture_model, _picture, _black)}


def of(config: RunConfig) -> Stages:
    """The stages for a run: its backbone says which.

    Raises:
        BackboneError: there is no such backbone.
    """
    return STAGES[catalogue.get(config.backbone).task]
