"""The findings in fine-tuning, and in its absence, in curves that are made up."""

from __future__ import annotations

import msgspec
import pytest

from tests.fixtures.evidence import SOUND, curve, evidence, found, manifest, report, rows
from tlcore.coach.suggestion import no_suggestion, suggest
from tlcore.config import FINE_TUNING_RATES, RunConfig
from tlcore.config.training import FineTuningConfig, TrainingConfig

TUNING_RATE = FINE_TUNING_RATES["images"]


def test_fine_tuning_that_brought_nothing_takes_smaller_steps_and_fewer_blocks() -> None:
    shown = [*SOUND, *rows(curve(0.2, 0.1, epochs=9), [0.4] * 9, phase="fine-tuning", before=40)]
    config = RunConfig(unfreeze=4, fine_tuning=FineTuningConfig(learning_rate=3e-4))
    kept = report("head", 0.93)
    suggestion = found(shown, config, report=kept)
    assert suggestion.rule == "fine_tuning_no_better"
    assert "were right, 90 %, and 93 % with the head alone. So the head alone was kept." in suggestion.finding
    assert suggestion.config.fine_tuning.learning_rate == pytest.approx(1e-4)
    again = found(shown, config, [suggestion.config], report=kept)
    assert (again.rule, again.config.unfreeze) == ("fine_tuning_no_better", 2)
    assert suggest(evidence(shown, config, report=report("fine-tuning", 0.93))) is None


def test_as_many_right_as_before_fine_tuning_are_told_apart_by_the_loss() -> None:
    shown = [*SOUND, *rows(curve(0.2, 0.1, epochs=9), [0.4] * 9, phase="fine-tuning", before=40)]
    suggestion = found(shown, RunConfig(unfreeze=4), report=report("head", 0.9))
    assert (
        "as many as with the head alone, and the validation loss was 0.40 against 0.30" in suggestion.finding
    )


def test_fine_tuning_that_could_not_get_better_is_not_blamed() -> None:
    shown = [*SOUND, *rows([0.15] * 20, [0.3] * 20, val_accuracy=1.0, phase="fine-tuning", before=40)]
    for kept in ("head", "fine-tuning"):
        given = evidence(shown, RunConfig(unfreeze=2), report=report(kept, 1.0))
        assert suggest(given) is None and "30 of 30 validation pictures are right" in no_suggestion(given)


def test_fine_tuning_in_tiny_steps_is_seen_to_have_moved_nothing() -> None:
    shown = [*SOUND, *rows([0.15] * 20, [0.299] * 20, phase="fine-tuning", before=40)]
    config = RunConfig(unfreeze=2, fine_tuning=FineTuningConfig(learning_rate=1e-6))
    suggestion = found(shown, config, report=report("fine-tuning", 0.9))
    assert suggestion.rule == "fine_tuning_unmoved" and "0.30 before it, and 0.30 after" in suggestion.finding
    assert suggestion.config.fine_tuning.learning_rate == TUNING_RATE
    again = found(shown, RunConfig(unfreeze=2), report=report("fine-tuning", 0.9))
    assert (again.rule, again.config.unfreeze) == ("fine_tuning_unmoved", 4)


def test_where_nothing_went_wrong_the_second_lesson_follows() -> None:
    suggestion = found(SOUND)
    assert suggestion.rule == "all_frozen" and suggestion.config.unfreeze == 8
    assert "27 of 30 validation pictures (95 % interval 74–97 %)" in suggestion.finding
    assert [str(change) for change in suggestion.changes] == ["Blocks unfrozen: none → the last 8"]


def test_a_frozen_backbone_that_is_weak_on_texts_is_to_adapt() -> None:
    weak = rows(curve(0.6, 0.42, 0.42), curve(0.6, 0.46, 0.46), accuracy=0.83, val_accuracy=0.79)
    config, data = RunConfig(backbone="minilm_l6"), manifest((500, 500, 500), held=300, task="texts")
    suggestion = found(weak, config, data=data)
    assert suggestion.rule == "frozen_and_weak" and suggestion.config.unfreeze == 3
    assert "237 of 300 validation texts" in suggestion.finding and "500 texts or more" in suggestion.finding
    assert "A frozen MiniLM-L6 tells what texts are about" in suggestion.finding
    assert "if your classes are moods" in suggestion.finding
    uneven, off = manifest((500, 3000, 500), held=300, task="texts"), TrainingConfig(class_weights="none")
    assert found(weak, msgspec.structs.replace(config, training=off), data=uneven).rule == "uneven_classes"
    assert found(weak, config, [suggestion.config], data=data).rule == "underfitting"
    for sound, other in (
        (SOUND, data),  # 90 % of 300
        (weak, manifest((500, 40, 500), held=300, task="texts")),
        (weak, manifest((500, 500, 500), held=30, task="texts")),  # 79 % of 30 may be 90 %
    ):
        assert found(sound, config, data=other).rule != "frozen_and_weak"
    assert found(weak, RunConfig(), data=manifest((500, 500, 500), held=300)).rule == "underfitting"
