"""Answers with their reasons, as the conversation of a warm model asks for them.

What a reason is differs by task: one module for each, found by one table.
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
    """What a task's module offers."""

    def explainer(self, model: LoadedModel) -> Explain:
        """What explains the chance of a class: a file and a class number become plain JSON.

        It is asked about files that can be read, and explains the first example in them.
        """


class Why:
    """A finished run's model, ready to say why."""

    def __init__(self, model: LoadedModel) -> None:
        self.model = model
        self._explain: Explain | None = None  # made when it is first asked for: most never ask

    def answer(self, question: Question) -> Answer:
        """As `Answerer.answer`, and `why`: its `label`, and what the task's module says of its chance.

        Pictures: `heat`, as `heatmap.Heat` gives it. Texts: `pieces` and `rest`, as `words.Words` gives them.
        """
        answer = self.model.answer(question.path)
        if "error" in answer:
            return answer
        label = question.label or answer["label"]
        if label not in self.model.labels:
            return {"path": str(question.path), "error": f"The model knows no class “{label}”."}
        if self._explain is None:
            task = catalogue.task_of(self.model.config.backbone)
            self._explain = cast(ExplanationModule, importlib.import_module(MODULES[task])).explainer(
                self.model
            )
        number = self.model.labels.index(label)
        return answer | {"why": {"label": label, **self._explain(question.path, number)}}
