"""Answers with their explanation, for the conversation with a warm model.

Explanations differ by task: one module for each, in one table.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Protocol, cast

from tlcore.backbones.catalogue import catalogue
from tlcore.data.manifest import Task
from tlcore.graft.predict.predictor import Answer, LoadedModel
from tlcore.runs.question import Question

MODULES: dict[Task, str] = {
    "images": "tlcore.explain.heatmap",
    "texts": "tlcore.explain.text_occlusion",
    "detection": "tlcore.explain.place_heatmap",
    "segmentation": "tlcore.explain.place_heatmap",
}
Explain = Callable[[Question, int], dict[str, Any]]


class ExplanationModule(Protocol):
    """The function of a task's module."""

    def explainer(self, model: LoadedModel) -> Explain:
        """A function that explains the chance of a class: a question and a class number → plain JSON.

        Its file can be read, and the first example in it is explained.
        """


class Why:
    """A finished run's model, ready to explain its answers."""

    def __init__(self, model: LoadedModel) -> None:
        self.model = model
        self._explain: Explain | None = None  # made for the first question

    def answer(self, question: Question) -> Answer:
        """As `LoadedModel.answer`; where the question asks for it, also `why`: its `label`, and what
        the task's module explains.

        Pictures: `heat` of `heatmap.Heat`, or of `place_heatmap.PlaceHeat`. Texts: the fields of
        `text_occlusion.PieceEffects`.
        """
        answer = self.model.answer(question.path)
        if "error" in answer or not question.why:
            return answer
        label = question.label or _first_label(answer)
        if not label:
            return answer  # a detector has found nothing
        if label not in self.model.labels:
            return {"path": str(question.path), "error": f"The model has no class “{label}”."}
        if self._explain is None:
            module = importlib.import_module(MODULES[catalogue.task_of(self.model.config)])
            self._explain = cast(ExplanationModule, module).explainer(self.model)
        number = self.model.labels.index(label)
        return answer | {"why": {"label": label, **self._explain(question, number)}}


def _first_label(answer: Answer) -> str:
    """The class that the answer names first; "" for none."""
    if "areas" in answer:
        return next(iter(answer["areas"]), "")
    boxes = answer.get("boxes")
    return str(boxes[0]["label"] if boxes else answer.get("label", ""))
