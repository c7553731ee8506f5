"""The tasks on the pages, in one table.

Pages look a task up here, by the data set or by the run, and never ask which one it is. Another task is
another module that makes a `TaskView`, and another entry.
"""

from __future__ import annotations

from pages.components.tasks import detection, images, segmentation, texts
from pages.components.tasks.protocol import TaskView
from tlcore.data.manifest import Task

VIEWS: dict[Task, TaskView] = {
    "images": images.VIEW,
    "texts": texts.VIEW,
    "detection": detection.VIEW,
    "segmentation": segmentation.VIEW,
}
