"""Answers with their explanation, for the conversation with a warm model.

Explanations differ by task: one module for each, in one table.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, cast

from tlcore.backbones.catalogue import catalogue
from tlcore.data.manifest import Task
from tlcore.graft.predict.predictor import Answer, LoadedModel
from tlcore.runs.question import Question

MODULES: dict[Task, str] = {
    "images": "tlcore.explain.heatmap",
    "texts": "tlcore.explain.text_occlusion",
}
Explain = Callable[[Path, int], dict[str, Any]]


class ExplanationModule(Protocol):
    """The function of a task's module."""

    def explainer(self, model: LoadedModel) -> Explain:
        """A function that explains the chance of a class: a file and a class number → plain JSON.

        The file can be read, and its first example is explained.
        """


class Why:
    """A finished run's model, ready to explain its answers."""

    def __init__(self, model: LoadedModel) -> None:
        self.model = model
        self._explain: Explain | None = None  # made for the first question

    def answer(self, question: Question) -> Answer:
        """As `LoadedModel.answer`; where the question asks for it, also `why`: its `label`, and what
        the task's module explains.

        Pictures: `heat` of `heatmap.Heat`. Texts: the fields of `text_occlusion.PieceEffects`.
        """
        answer = self.model.answer(question.path)
        if "error" in answer or not question.why:
            return answer
        label = question.label or answer["label"]
        if label not in self.model.labels:
            return {"path": str(question.path), "error": f"The model has no class “{label}”."}
        if self._explain is None:
            task = catalogue.task_of(self.model.config.backbone)
            self._explain = cast(ExplanationModule, importlib.import_module(MODULES[task])).explainer(
                self.model
            )
        number = self.model.labels.index(label)
        return answer | {"why": {"label": label, **self._explain(question.path, number)}}
