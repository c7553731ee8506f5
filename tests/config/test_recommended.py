"""Settings of a task that says where things are, where a person has chosen nothing."""

from __future__ import annotations

import msgspec
import pytest

from tlcore.config import RunConfig
from tlcore.config.recommended import LEAST_STEPS, MOST_EPOCHS, RECOMMENDED, for_task
from tlcore.config.task import Task
from tlcore.config.training import TrainingConfig


@pytest.mark.parametrize("task", RECOMMENDED)
def test_what_was_chosen_stays_and_the_rest_is_the_tasks_own(task: Task) -> None:
    chosen = RunConfig(seed=7, input_size=96, training=TrainingConfig(epochs=3))
    found, own = for_task(chosen, task, 12), RECOMMENDED[task]
    assert (found.task, found.seed, found.input_size, found.training.epochs) == (task, 7, 96, 3)
    assert found.augmentation == own.augmentation and found.head == own.head
    assert for_task(found, task, 12) == found


@pytest.mark.parametrize("task", RECOMMENDED)
def test_few_pictures_get_more_epochs(task: Task) -> None:
    batch = RECOMMENDED[task].training.batch_size
    assert for_task(RunConfig(), task, 3).training.epochs == min(MOST_EPOCHS, LEAST_STEPS[task])
    assert for_task(RunConfig(), task, 5 * batch).training.epochs == LEAST_STEPS[task] / 5
    assert for_task(RunConfig(), task, 1000 * batch).training.epochs == RECOMMENDED[task].training.epochs


@pytest.mark.parametrize("task", RECOMMENDED)
def test_pictures_are_whole_and_undistorted_whatever_was_chosen(task: Task) -> None:
    for fit in ("stretch", "crop", "pad"):
        for given in (None, task):
            assert for_task(RunConfig(fit=fit, task=given), task, 9).fit == "pad"


def test_classification_stays_as_it_is() -> None:
    config = msgspec.structs.replace(RunConfig(), fit="crop")
    assert for_task(config, "images", 9) == config == for_task(config, "texts", 9)
