"""What differs by task on a screen, in one table.

Pages look a task up here, by the data set or by the run, and never ask which one it is. Another task is
another module that makes a `Shown`, and another entry.
"""

from __future__ import annotations

from pages.components.tasks import images, texts
from pages.components.tasks.protocol import TaskView
from tlcore.backbones.catalogue import catalogue
from tlcore.data.manifest import Task
from tlcore.data.task_words import WORDS, TaskWords
from tlcore.runs.run import Run

VIEWS: dict[Task, TaskView] = {"images": images.VIEW, "texts": texts.VIEW}


def task_of(run: Run) -> Task:
    """The task of a run, by its backbone: its data may be gone.

    Raises:
        GraftError: its settings cannot be read.
    """
    return catalogue.task_of(run.config().backbone)


def words_of(run: Run) -> TaskWords:
    """What people call the examples of a run; errors as for `task_of`."""
    return WORDS[task_of(run)]
