"""The objective of each task that has one of its own, in one table."""

from __future__ import annotations

from collections.abc import Callable

from tlcore.data.manifest import Task
from tlcore.graft.training.objectives.detection import Detection
from tlcore.graft.training.objectives.objective import Objective
from tlcore.graft.training.objectives.segmentation import Segmentation

OBJECTIVES: dict[Task, Callable[[int, int], Objective]] = {
    "detection": Detection,
    "segmentation": Segmentation,
}


def of(task: Task, classes: int, size: int) -> Objective | None:
    """The objective of a task; None: that of a classifier, which follows from the recipe.

    Args:
        size: of the input, in pixels.
    """
    return OBJECTIVES[task](classes, size) if task in OBJECTIVES else None
