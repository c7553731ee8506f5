"""The steps of a run as code, by task: the pages show one each, script and notebook all of them."""

from __future__ import annotations

from tlcore.config.task import Task
from tlcore.export.code.classes import steps as classes
from tlcore.export.code.common.code_step import CodeSteps
from tlcore.export.code.common.values import CodeValues
from tlcore.export.code.places import areas, boxes

STEPS: dict[Task, CodeSteps] = {
    "images": classes.STEPS,
    "texts": classes.STEPS,
    "segmentation": areas.STEPS,
    "detection": boxes.STEPS,
}


def steps_of(values: CodeValues) -> CodeSteps:
    """The five steps of a run, in their order."""
    return STEPS[values.task]
