"""Examples with their analysis, whoever made it: what the map and the labels to check are drawn from."""

from __future__ import annotations

from dataclasses import dataclass

from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Task
from tlcore.data.task_words import WORDS, TaskWords
from tlcore.evaluate.analysis import Analysis


@dataclass(frozen=True)
class AnalysedExamples:
    """An analysis and the data set that its examples are in.

    Attributes:
        id: of the run or data set, for the keys of widgets.
        only_test: the map knows answers for test examples alone.
        classes: of the model or data set, in their order.
    """

    id: str
    dataset: Dataset
    task: Task
    analysis: Analysis
    only_test: bool = True
    classes: tuple[str, ...] = ()

    @property
    def words(self) -> TaskWords:
        return WORDS[self.task]

    @property
    def mistake(self) -> str:
        """A mistake on the map, in words."""
        return f"mistake on a test {self.words.one}" if self.only_test else "mistake"
