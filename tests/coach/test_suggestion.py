"""What counts as tried, when nothing is left, and what runs that cannot tell everything are told."""

from __future__ import annotations

import msgspec
import pytest

from tests.fixtures.evidence import (
    BY_HEART,
    FALLING,
    NOT_LEARNED,
    SOUND,
    curve,
    evidence,
    found,
    manifest,
    one_after_another,
    recipe,
    report,
    rows,
)
from tlcore.coach.changes import essential, is_same
from tlcore.coach.suggestion import no_suggestion, positions_of_followers, suggest
from tlcore.config import RunConfig
from tlcore.config.augmentation import AugmentationConfig
from tlcore.config.split import SplitConfig
from tlcore.config.training import FineTuningConfig, HeadConfig, TrainingConfig


def test_nothing_is_left_where_validation_cannot_get_better() -> None:
    shown = rows(curve(1.0, 0.1, 0.05), curve(0.9, 0.1, 0.09), val_accuracy=1.0)
    given_ = evidence(shown, data=manifest(held=300))
    assert suggest(given_) is None
    assert "300 of 300 validation pictures are right" in no_suggestion(given_)
    assert suggest(evidence(shown, data=manifest(held=30))) is not None  # 30 of 30 may be 89 %


def test_nothing_is_left_when_all_was_tried() -> None:
    tried = [suggestion.config for suggestion in one_after_another(SOUND, RunConfig())]
    given_ = evidence(SOUND, tried=tried)
    assert suggest(given_) is None and no_suggestion(given_).startswith("No further suggestion")


def test_of_a_run_that_was_stopped_only_what_going_on_would_not_mend_is_said() -> None:
    for shown in (SOUND, NOT_LEARNED, FALLING, []):
        given_ = evidence(shown, recipe(epochs=2), complete=False)
        assert suggest(given_) is None and "Let it go on" in no_suggestion(given_)
    assert found(BY_HEART, complete=False).rule == "overfitting"


def test_a_model_that_came_in_a_file_is_to_be_trained_further() -> None:
    given_ = evidence([], report=report("", 0.9))
    assert suggest(given_) is None and "“Train further” makes a new run" in no_suggestion(given_)


def test_rows_from_before_there_were_phases_are_read() -> None:
    old = [{key: value for key, value in row.items() if key != "phase"} for row in BY_HEART]
    assert found(old, RunConfig(unfreeze=2)).rule == "overfitting"


def test_a_run_that_trained_another_further_is_coached_from_the_beginning() -> None:
    config = msgspec.structs.replace(recipe(epochs=10), start_from="/runs/earlier")
    suggestion = found(BY_HEART, config)
    assert suggestion.config.start_from is None and suggestion.config.training.epochs == 40
    assert ("Trained further from", "another run", "nothing") in [
        (change.setting, change.old, change.new) for change in suggestion.changes
    ]


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (RunConfig(seed=7, data="elsewhere", engine="keras", cache=False, start_from="x"), True),
        (RunConfig(split=SplitConfig(seed=3)), True),
        (RunConfig(input_size=224), True),
        (RunConfig(fine_tuning=FineTuningConfig(epochs=3)), True),  # nothing is unfrozen
        (RunConfig(augmentation=AugmentationConfig(zoom=0.3)), True),  # no view is made
        (RunConfig(training=TrainingConfig(learning_rate=1e-3)), True),
        (RunConfig(input_size=192), False),
        (RunConfig(augmentation=AugmentationConfig(mixup=0.2)), False),
        (RunConfig(split=SplitConfig(most_per_class=5)), False),
        (recipe(epochs=41), False),
        (RunConfig(head=HeadConfig(dropout=0.5)), False),
        (RunConfig(unfreeze=1), False),
    ],
)
def test_what_counts_as_tried(other: RunConfig, same: bool) -> None:
    data = manifest()
    assert is_same(essential(RunConfig(), data), essential(other, data)) is same


def test_a_texts_length_that_the_data_decide_counts_as_any() -> None:
    data = manifest(task="texts")
    auto, settled_, other = (
        essential(RunConfig(backbone="minilm_l6", input_size=size), data) for size in (None, 24, 32)
    )
    assert is_same(auto, settled_) and not is_same(settled_, other)


def test_runs_of_other_backbones_do_not_count() -> None:
    first = found(SOUND)
    gone = msgspec.structs.replace(first.config, backbone="a_backbone_that_is_gone")
    assert found(SOUND, tried=[gone]) == first


def test_runs_that_took_the_advice_are_found() -> None:
    first = found(BY_HEART)
    tried = [RunConfig(seed=1), msgspec.structs.replace(first.config, seed=9), RunConfig(unfreeze=5)]
    assert positions_of_followers(evidence(BY_HEART, tried=tried)) == (1,)
