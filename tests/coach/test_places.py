"""The coach on detectors and segmenters: signs in boxes and areas, and remedies that such a run has."""

from __future__ import annotations

import pytest

from tests.fixtures.evidence import (
    BY_HEART,
    FALLING,
    SOUND,
    curve,
    found,
    manifest,
    one_after_another,
    report,
    rows,
)
from tlcore.coach.suggestion import Suggestion
from tlcore.config import RunConfig
from tlcore.data.manifest import Manifest, Task
from tlcore.data.versions.edits import Rename, apply
from tlcore.runs.metrics import MetricRow


def advised(shown: list[MetricRow], data: Manifest, **settings: object) -> Suggestion:
    return found(shown, RunConfig(**settings), data=data)  # type: ignore[arg-type]


def test_objects_that_cover_hardly_a_cell_ask_for_a_larger_input() -> None:
    suggestion = advised(SOUND, manifest(task="detection", side=15.0))
    assert suggestion.rule == "small_objects" and "100 % of the 210 objects" in suggestion.finding
    assert "less than 16 pixels" in suggestion.finding and "512 × 512" in suggestion.finding
    assert suggestion.config.input_size == 640
    assert [str(change) for change in suggestion.changes] == ["Input size: 512 pixels → 640 pixels"]
    as_large = advised(SOUND, manifest(task="detection", side=15.0), task="detection", input_size=640)
    assert as_large.rule != "small_objects"  # the pictures have no more pixels


@pytest.mark.parametrize(
    ("task", "what"), [("detection", "boxes of it"), ("segmentation", "pictures with it")]
)
def test_a_class_of_which_there_are_few_is_named(task: Task, what: str) -> None:
    suggestion = advised(SOUND, manifest((70, 12, 70), task=task))
    assert suggestion.rule == "few_of_a_class"
    assert f"“birch”: there are 12 {what}" in suggestion.finding and "70" in suggestion.finding
    assert suggestion.advice.startswith("More pictures with it would help most. Until then: show it ")
    assert suggestion.config.augmentation.views > 4


def test_a_detector_may_have_a_class_called_background() -> None:
    data = apply(manifest((70, 70, 12), task="detection"), Rename("ash", "background"))
    suggestion = advised(SOUND, data)
    assert f"“{data.classes[2]}”: there are 12 boxes of it" in suggestion.finding


def test_borders_finer_than_the_input_ask_for_a_larger_one() -> None:
    suggestion = advised(SOUND, manifest(task="segmentation"))
    assert suggestion.rule == "coarse_areas" and "640 pixels long" in suggestion.finding
    assert (suggestion.config.input_size, suggestion.config.task) == (320, "segmentation")


def test_a_sound_run_is_told_of_the_second_phase_in_the_words_of_its_score() -> None:
    suggestion = advised(SOUND, manifest(task="detection"))
    assert suggestion.rule == "all_frozen" and suggestion.config.unfreeze == 8
    assert "it reached 0.900 mAP at IoU 0.5 on 30 validation pictures" in suggestion.finding
    assert "%" not in suggestion.finding


def test_random_weights_give_way_to_pretrained_ones() -> None:
    suggestion = advised(FALLING, manifest(task="segmentation"), pretrained=False, unfreeze="all")
    assert suggestion.rule == "random_weights" and "reached 0.600 mean IoU" in suggestion.finding
    assert "it had to learn from 210 pictures" in suggestion.finding
    assert (suggestion.config.pretrained, suggestion.config.unfreeze) == (True, 0)


def test_learning_by_heart_is_met_with_what_such_a_run_has() -> None:
    """No blends and no softer targets, which play no part in it; a narrower head and not none."""
    suggestions = one_after_another(BY_HEART, RunConfig(), manifest(task="detection"))
    same_sign = [one for one in suggestions if one.rule == "overfitting"]
    changed = [change.setting for one in same_sign for change in one.changes]
    assert set(changed) == {"Changed copies (views)", "Dropout", "Hidden layers"}
    narrower = next(one for one in same_sign if "narrower" in one.advice)
    assert narrower.advice == "Make the head narrower: 48 channels instead of 96."


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (0.95, "reached 0.900 mAP at IoU 0.5 on 30 validation pictures; it was 0.950 with the head alone."),
        (0.85, "by the score that chooses between epochs no better. So the head alone was kept."),
    ],
)
def test_fine_tuning_that_brought_nothing(before: float, said: str) -> None:
    shown = [*SOUND, *rows(curve(0.2, 0.1), curve(0.3, 0.3), phase="fine-tuning", before=40)]
    suggestion = found(
        shown, RunConfig(unfreeze=4), data=manifest(task="detection"), report=report("head", before)
    )
    assert suggestion.rule == "fine_tuning_no_better" and said in suggestion.finding


def test_a_loss_above_that_of_guessing_a_class_is_no_sign_in_detection() -> None:
    """The loss of boxes has another scale."""
    shown = rows(curve(9.0, 2.0, 1.5), curve(8.0, 2.0, 1.6))
    assert advised(shown, manifest(task="detection")).rule != "learning_rate_too_high"
    assert advised(shown, manifest(), head=found(SOUND).config.head).rule == "learning_rate_too_high"
