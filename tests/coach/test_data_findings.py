"""The findings in data and settings, and their remedies."""

from __future__ import annotations

from dataclasses import replace

from tests.fixtures.evidence import BY_HEART, DEFAULT, NOT_LEARNED, SOUND, evidence, found, manifest, recipe
from tlcore.coach.suggestion import positions_of_followers, suggest
from tlcore.config import RunConfig


def test_random_weights_give_way_to_pretrained_ones() -> None:
    config = RunConfig(pretrained=False, unfreeze="all")
    suggestion = found(NOT_LEARNED, config)
    assert suggestion.rule == "random_weights"
    assert (suggestion.config.pretrained, suggestion.config.unfreeze) == (True, 0)
    again = found(NOT_LEARNED, config, [suggestion.config])
    assert again.rule == "underfitting" and again.config.unfreeze == "all"


def test_uneven_classes_ask_for_their_weights() -> None:
    data = manifest(counts=(190, 60, 60))
    suggestion = found(SOUND, recipe(class_weights="none"), data=data)
    assert suggestion.rule == "uneven_classes" and "60 pictures to 190" in suggestion.finding
    assert suggestion.config.training.class_weights == "auto"
    assert found(SOUND, recipe(class_weights="none")).rule != "uneven_classes"
    assert found(SOUND, data=data).rule != "uneven_classes"


def test_a_small_input_asks_for_the_backbones_own() -> None:
    suggestion = found(SOUND, RunConfig(input_size=96, head=DEFAULT.head))
    assert suggestion.rule == "input_too_small" and suggestion.config.input_size is None
    assert [str(change) for change in suggestion.changes] == ["Input size: 96 pixels → 224 pixels"]
    assert "224 are usual for" in suggestion.finding and "at 224 pixels, as is usual" in suggestion.advice
    text = RunConfig(backbone="minilm_l6", input_size=24)
    assert found(SOUND, text, data=manifest(task="texts")).rule != "input_too_small"


def test_few_examples_are_said_to_be_few() -> None:
    suggestion = found(SOUND, data=manifest(counts=(40, 12, 40)))
    assert suggestion.rule == "too_few_examples" and "12 pictures" in suggestion.finding
    assert "How many pictures do I need" in suggestion.advice and suggestion.config.augmentation.views == 4


def test_texts_that_the_backbone_cannot_read_ask_for_one_that_can() -> None:
    config, data = RunConfig(backbone="minilm_l6", unfreeze=2), manifest(task="texts")
    given = replace(evidence(BY_HEART, config, data=data), script="Cyrillic")
    suggestion = suggest(given)
    assert suggestion is not None and suggestion.rule == "unread_script"
    assert "in Cyrillic letters, and MiniLM-L6 reads English only; it got" in suggestion.finding
    assert suggestion.config.backbone == "multilingual_e5_base" and suggestion.config.unfreeze == 0
    assert positions_of_followers(replace(given, tried=(config, suggestion.config))) == (1,)
    other = "xlm_roberta_base_multi"
    for tried, with_model, rule in (
        (RunConfig(backbone=other), {other}, "overfitting"),
        (RunConfig(backbone=other), {}, "unread_script"),  # it was stopped, or failed
        (suggestion.config, {}, "overfitting"),
    ):
        again = suggest(replace(given, tried=(tried,), with_model=with_model))
        assert again is not None and again.rule == rule
