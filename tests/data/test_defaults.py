from __future__ import annotations

import pytest

from tlcore.config import FINE_TUNING_RATES, HEAD_RATE, RunConfig
from tlcore.config.augmentation import AugmentationConfig
from tlcore.data.defaults import mirroring_matters, with_defaults
from tlcore.data.manifest import Manifest, Task


@pytest.mark.parametrize(
    ("classes", "matters"),
    [
        (("0", "1"), True),
        (("digit_3", "digit_5"), True),
        (("Letter b", "Letter d"), True),
        (("turn-left", "turn-right"), True),
        (("tulips", "roses"), False),
        (("leftovers", "vitamin_c", "2024"), False),
    ],
)
def test_mirroring_is_off_where_it_may_change_the_class(classes: tuple[str, ...], matters: bool) -> None:
    assert mirroring_matters(classes) is matters
    config = with_defaults(RunConfig(), Manifest(name="", classes=classes, examples=()))
    assert config.augmentation.flip is not matters


def test_what_was_chosen_stays() -> None:
    config = RunConfig(augmentation=AugmentationConfig(flip=True))
    manifest = Manifest(name="", classes=("0", "1"), examples=())
    assert with_defaults(config, manifest).augmentation.flip is True


@pytest.mark.parametrize("task", ["images", "texts"])
def test_learning_rates_are_the_tasks_own(task: Task) -> None:
    config = with_defaults(RunConfig(), Manifest(name="", classes=("a", "b"), examples=(), task=task))
    assert config.training.learning_rate == HEAD_RATE
    assert config.fine_tuning.learning_rate == FINE_TUNING_RATES[task]
