from __future__ import annotations

import pytest

from tlcore.data.manifest import Task
from tlcore.data.task_words import ANY_TASK, WORDS


@pytest.mark.parametrize(
    ("task", "title", "scored"),
    [
        ("images", "Accuracy", "93.1 % right"),
        ("texts", "Accuracy", "93.1 % right"),
        ("detection", "mAP at IoU 0.5", "0.931 mAP at IoU 0.5"),
        ("segmentation", "Mean IoU", "0.931 mean IoU"),
    ],
)
def test_each_task_has_its_own_score(task: Task, title: str, scored: str) -> None:
    words = WORDS[task]
    assert (words.score_title, words.scored(0.9312)) == (title, scored)


def test_a_score_of_no_known_task_is_called_a_score() -> None:
    assert ANY_TASK.scored(0.5) == "0.500 score"
