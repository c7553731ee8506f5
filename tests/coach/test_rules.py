"""Each sign in curves that are made up, and each remedy; real runs: `tests/coach/test_on_runs.py`."""

from __future__ import annotations

import math

import pytest

from tests.fixtures.evidence import (
    BY_HEART,
    DEFAULT,
    FALLING,
    NOT_LEARNED,
    SOUND,
    curve,
    evidence,
    found,
    manifest,
    one_after_another,
    recipe,
    rows,
)
from tlcore.coach.case import read
from tlcore.config import FINE_TUNING_EPOCHS, FINE_TUNING_RATES, HEAD_RATE, HIDDEN, RunConfig
from tlcore.config.training import FineTuningConfig, HeadConfig, TrainingConfig
from tlcore.runs.metrics import MetricRow

EPOCHS = TrainingConfig().epochs
TUNING_RATE, TUNING_EPOCHS = FINE_TUNING_RATES["images"], FINE_TUNING_EPOCHS["images"]


def test_an_infinite_loss_asks_for_smaller_steps() -> None:
    config = recipe(learning_rate=0.02)
    suggestion = found(rows([0.9, None], [0.8, None]), config, complete=False)
    assert suggestion.rule == "diverged"
    assert "infinite in epoch 2" in suggestion.finding and "0.02" in suggestion.finding
    assert suggestion.config.training.learning_rate == HEAD_RATE
    assert [str(change) for change in suggestion.changes] == [f"Learning rate: 0.02 → {HEAD_RATE:g}"]


def test_far_too_large_a_rate_is_put_right_at_once_and_then_made_smaller() -> None:
    config, shown = recipe(learning_rate=1e3), rows([None], [None])
    tried: list[RunConfig] = []
    rates = []
    for _ in range(3):
        suggestion = found(shown, config, tried)
        rates.append(suggestion.config.training.learning_rate)
        tried.append(suggestion.config)
    assert rates == [pytest.approx(rate) for rate in (HEAD_RATE, HEAD_RATE / 10, HEAD_RATE / 100)]


def test_fine_tuning_that_diverges_changes_its_own_rate() -> None:
    shown = [*rows([0.5], [0.5]), *rows([0.4, None], [0.5, None], phase="fine-tuning", before=1)]
    config = RunConfig(unfreeze=2, fine_tuning=FineTuningConfig(learning_rate=3e-2))
    suggestion = found(shown, config)
    assert (suggestion.rule, suggestion.config.training) == ("diverged", found(SOUND).config.training)
    assert suggestion.config.fine_tuning.learning_rate == TUNING_RATE
    assert [change.setting for change in suggestion.changes] == ["Fine-tuning: learning rate"]


@pytest.mark.parametrize(
    "shown",
    [
        rows([70.0, 7.0, 1.6, *[1.1] * 17], [6.0, 1.6, *[1.1] * 18], accuracy=0.3, val_accuracy=0.3),
        rows([1.0, 0.5, 0.9, 0.4, 0.8, 0.3, 0.7] * 2, [0.4, 0.8, 0.5, 1.0, 0.6, 1.2, 0.9] * 2),
        rows(curve(1.0, 0.6, 1.2), curve(0.9, 0.5, 1.1), accuracy=0.6, val_accuracy=0.6),
    ],
    ids=["thrown", "jumping", "rising"],
)
def test_losses_that_jump_or_rise_ask_for_smaller_steps(shown: list[MetricRow]) -> None:
    suggestion = found(shown, recipe(learning_rate=0.01))
    rate = suggestion.config.training.learning_rate
    assert suggestion.rule == "learning_rate_too_high" and rate is not None
    assert 0.01 / 11 < rate < 0.01 / 2.9


@pytest.mark.parametrize(("epochs", "wanted"), [(2, EPOCHS // 2), (15, 30), (EPOCHS, 2 * EPOCHS)])
def test_a_loss_that_still_falls_asks_for_more_epochs(epochs: int, wanted: int) -> None:
    shown = rows(curve(1.1, 0.6, epochs=epochs), curve(1.0, 0.5, epochs=epochs))
    suggestion = found(shown, recipe(epochs=epochs))
    assert suggestion.rule == "stopped_too_early"
    assert suggestion.config.training.epochs == wanted and f"{epochs} of {epochs}" in suggestion.finding


def test_one_epoch_is_never_enough_to_tell() -> None:
    suggestion = found(rows([0.5], [0.5]), recipe(epochs=1))
    assert suggestion.rule == "stopped_too_early" and suggestion.config.training.epochs == EPOCHS // 2


def test_with_time_enough_the_steps_were_too_small() -> None:
    shown = rows(curve(1.1, 0.9, 0.7), curve(1.1, 0.9, 0.7), accuracy=0.9)
    suggestion = found(shown, recipe(learning_rate=1e-4))
    assert suggestion.rule == "stopped_too_early"
    assert suggestion.config.training.learning_rate == HEAD_RATE
    again = found(shown, recipe(learning_rate=1e-4), [suggestion.config])
    assert again.config.training.epochs == 2 * EPOCHS


def test_training_that_had_stopped_by_itself_was_not_too_short() -> None:
    assert found(rows(curve(1.1, 0.6, epochs=10), curve(1.0, 0.5, epochs=10))).rule != "stopped_too_early"


def test_fine_tuning_asks_for_its_own_epochs() -> None:
    shown = [*SOUND, *rows([0.4, 0.3], [0.4, 0.3], phase="fine-tuning", before=40)]
    config = RunConfig(unfreeze=2, fine_tuning=FineTuningConfig(epochs=2))
    suggestion = found(shown, config)
    assert (suggestion.rule, suggestion.config.fine_tuning.epochs) == (
        "stopped_too_early",
        max(4, TUNING_EPOCHS // 2),
    )


def test_learning_by_heart_is_met_by_changed_pictures_first() -> None:
    suggestion = found(BY_HEART)
    assert suggestion.rule == "overfitting" and suggestion.config.augmentation.views == 4
    assert suggestion.finding == (
        "The training loss fell to 0.020 while the validation loss rose from 0.31 to 0.55 after epoch 9: it "
        "learns the training pictures by heart."
    )
    remedies = one_after_another(BY_HEART, DEFAULT)
    assert [suggestion.changes[0].setting for suggestion in remedies][:5] == [
        "Changed copies (views)",
        "Mixup",
        "Dropout",
        "Label smoothing",
        "Hidden layers",
    ]
    assert [change.new for change in remedies[4].changes] == ["64"]


def test_texts_are_not_shown_changed() -> None:
    data, config = manifest(task="texts"), RunConfig(backbone="minilm_l6", head=DEFAULT.head)
    for shown in (BY_HEART, NOT_LEARNED, SOUND, FALLING):
        for suggestion in one_after_another(shown, config, data):
            assert suggestion.config.augmentation == found(SOUND, config, data=data).config.augmentation
            said = f"{suggestion.finding} {suggestion.advice} {suggestion.why} {suggestion.changes}"
            assert "picture" not in said and "block" not in said and "pixel" not in said
    assert found(BY_HEART, config, data=data).changes[0].setting == "Dropout"
    assert found(SOUND, config, data=data).changes[0].setting == "Layers unfrozen"


def test_too_large_a_rate_behind_learning_by_heart_is_put_right_first() -> None:
    suggestion = found(BY_HEART, recipe(learning_rate=0.01))
    assert suggestion.rule == "overfitting"
    assert suggestion.config.training.learning_rate == HEAD_RATE


@pytest.mark.parametrize(("held", "is_seen"), [(6, False), (30, True), (300, True)])
def test_few_validation_examples_have_to_rise_more(held: int, is_seen: bool) -> None:
    shown = rows(curve(1.0, 0.05, 0.02), curve(0.9, 0.5, 0.61), accuracy=0.99)
    assert (found(shown, data=manifest(held=held)).rule == "overfitting") is is_seen


@pytest.mark.parametrize(("held", "is_seen"), [(12, False), (120, True)])
def test_a_gap_of_few_examples_is_no_gap(held: int, is_seen: bool) -> None:
    """75 % of 12 may be 91 % in truth; of 120 it may not."""
    shown = rows(curve(1.0, 0.05, 0.02), curve(0.9, 0.5, 0.5), accuracy=1.0, val_accuracy=0.75)
    assert (found(shown, data=manifest(held=held)).rule == "overfitting") is is_seen


def test_dropout_that_makes_training_look_worse_is_no_underfitting() -> None:
    shown = rows(curve(1.0, 0.7, 0.65), curve(0.9, 0.3, 0.3), accuracy=0.7, val_accuracy=0.93)
    assert found(shown).rule == "all_frozen"


def test_what_holds_learning_back_is_put_right_together() -> None:
    config = RunConfig(
        head=HeadConfig(hidden=(4,), dropout=0.9), training=TrainingConfig(weight_decay=1.0, patience=5)
    )
    suggestion = found(NOT_LEARNED, config)
    assert suggestion.rule == "underfitting" and "50 %" in suggestion.finding
    assert suggestion.config.head == HeadConfig(hidden=HIDDEN, counts=False)
    assert suggestion.config.training.weight_decay == TrainingConfig().weight_decay
    assert len(suggestion.changes) == 3


def test_learning_too_little_asks_for_more_blocks_a_larger_head_and_larger_steps() -> None:
    suggestions = one_after_another(NOT_LEARNED, DEFAULT)
    assert [suggestion.rule for suggestion in suggestions] == ["underfitting"] * 4
    assert [change.new for suggestion in suggestions for change in suggestion.changes] == [
        "the last 8",
        "256",
        "0.2",
        "0.003",
    ]


def test_no_better_than_the_commonest_class_is_nothing_learned() -> None:
    data = manifest(counts=(190, 10, 10), held=60)
    shown = rows(curve(0.5, 0.4, 0.4), curve(0.5, 0.4, 0.4), accuracy=0.905, val_accuracy=0.905)
    suggestion = found(shown, data=data)
    assert (
        suggestion.rule == "underfitting"
        and "commonest class would get 90 % of the training" in suggestion.finding
    )
    good = rows(curve(0.5, 0.1, 0.1), curve(0.5, 0.1, 0.1), accuracy=0.97, val_accuracy=0.97)
    assert found(good, data=data).rule != "underfitting"


def test_an_open_head_is_not_asked_for_what_it_does_not_have() -> None:
    """It has neither dropout nor a width, and its passes were chosen already."""
    open_head = RunConfig()
    for shown in (BY_HEART, NOT_LEARNED, SOUND, FALLING):
        first = found(shown, open_head)
        assert first.rule != "stopped_too_early"
        settings = {change.setting for change in first.changes}
        assert not settings & {"Dropout", "Label smoothing", "Epochs at most"}


def test_the_loss_of_guessing_is_that_of_the_classes() -> None:
    case = read(evidence(SOUND))
    assert case is not None and case.chance == pytest.approx(math.log(3))
