"""The parts of an experiment: a question, its arms, the axes of its chart, and its conclusion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import msgspec

from tlcore.config import RunConfig
from tlcore.data.manifest import Manifest
from tlcore.data.task_words import TaskWords
from tlcore.runs.experiments.experiment import Arm, Conclude, ExperimentKind


class Options(msgspec.Struct, frozen=True):
    """Choices besides the settings of the runs.

    `backbones` is never empty. `sizes`: examples of each class to try in turn; empty for what fits the data.
    """

    backbones: tuple[str, ...]
    sizes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Design:
    """One kind of experiment.

    Attributes:
        title, question: for people; `{many}` stands for what the data's examples are called.
        axis: what the arms differ in, as the title of the horizontal axis; `{one}` as above.
        scale: whether that axis counts, counts in powers, or names.
        arms: from the common configuration (its backbone is the one of `Options`, empty where there are
            several), the data and the options. Raises a GraftError when these allow no such experiment.
        conclude: the verdict over the arms that have finished.
        races: whether it takes several backbones, whose finished models are timed.
        sized: whether it takes sizes.
    """

    name: ExperimentKind
    title: str
    question: str
    axis: str
    scale: Literal["linear", "log", "category"]
    arms: Callable[[RunConfig, Manifest, Options], tuple[Arm, ...]]
    conclude: Conclude
    races: bool = False
    sized: bool = False

    def titled(self, words: TaskWords) -> str:
        """The title for data whose examples have these `words`."""
        return _filled(self.title, words)

    def asks(self, words: TaskWords) -> str:
        """The question, likewise."""
        return _filled(self.question, words)

    def axis_of(self, words: TaskWords) -> str:
        """The title of the horizontal axis, likewise."""
        return _filled(self.axis, words)


def _filled(template: str, words: TaskWords) -> str:
    return template.format(one=words.one, many=words.many, each=words.each)


def without_counts(config: RunConfig) -> RunConfig:
    """The configuration with a head that counts no terms, for arms that could not all count."""
    return msgspec.structs.replace(config, head=msgspec.structs.replace(config.head, counts=False))
