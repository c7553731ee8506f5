"""Whatever the curves, settings and runs before: what is suggested is new, can be trained, and ends."""

from __future__ import annotations

from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.evidence import manifest, report
from tlcore import config as configuration
from tlcore.backbones.catalogue import catalogue
from tlcore.coach.case import Evidence
from tlcore.coach.changes import changes, essential, is_same
from tlcore.coach.rules import PLACES, RULES
from tlcore.coach.suggestion import no_suggestion, suggest
from tlcore.commands.train import check
from tlcore.config import PhaseName, RunConfig
from tlcore.config.augmentation import AugmentationConfig
from tlcore.config.task import INPUTS
from tlcore.config.training import FineTuningConfig, HeadConfig, TrainingConfig
from tlcore.data.manifest import Task
from tlcore.runs.metrics import MetricRow

BACKBONES = {"images": ["efficientnet_lite0", "mobilenet_v2", "resnet50"], "texts": ["minilm_l6"]}
MIXUPS = [0.0, 0.2, 1.0]
STEPS = 100  # suggestions taken one after another, from anywhere, end within so many

numbers = st.one_of(
    st.none(), st.floats(0, 5), st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 3)
)
phases = st.sampled_from([None, *get_args(PhaseName), "other"])


@st.composite
def any_rows(draw: st.DrawFn) -> list[MetricRow]:
    """Epochs of one or two phases, with whatever a file can hold."""
    made: list[MetricRow] = []
    for phase in draw(st.lists(phases, max_size=2)):
        keys = ("loss", "accuracy", "val_loss", "val_accuracy")
        for _ in range(draw(st.integers(1, 6))):
            made.append({"epoch": len(made) + 1, "phase": phase} | {key: draw(numbers) for key in keys})
    return made


@st.composite
def any_config(draw: st.DrawFn, task: Task) -> RunConfig:
    backbone = catalogue.get(draw(st.sampled_from(BACKBONES[INPUTS[task]])))
    pretrained = draw(st.booleans())
    rate = st.one_of(st.none(), st.floats(1e-7, 1e4))
    blocks = st.one_of(st.integers(0, len(backbone.blocks)), st.just("all"))
    return configuration.checked(
        RunConfig(
            backbone=backbone.id,
            task=task if task != INPUTS[task] else None,
            input_size=draw(st.sampled_from([None, backbone.min_size, backbone.input_size]))
            if task == INPUTS[task]
            else draw(st.sampled_from([256, 512, 800])),
            pretrained=pretrained,
            unfreeze=draw(blocks) if pretrained else "all",  # type: ignore[arg-type]
            head=HeadConfig(
                hidden=tuple(draw(st.lists(st.integers(1, 2000), max_size=3))),
                dropout=draw(st.floats(0, 0.9)),
            ),
            training=TrainingConfig(
                epochs=draw(st.integers(1, 1000)),
                learning_rate=draw(rate),
                weight_decay=draw(st.floats(0, 1)),
                patience=draw(st.integers(0, 5)),
                label_smoothing=draw(st.floats(0, 0.5)),
                class_weights=draw(st.sampled_from(["auto", "none"])),
            ),
            fine_tuning=FineTuningConfig(
                epochs=draw(st.integers(1, 1000)),
                learning_rate=draw(rate),
                weight_decay=draw(st.floats(0, 1)),
            ),
            augmentation=AugmentationConfig(
                views=draw(st.integers(0, 32)),
                mixup=draw(st.sampled_from(MIXUPS if task == "images" else [0.0])),
            )
            if INPUTS[task] == "images"
            else AugmentationConfig(),
            start_from=draw(st.sampled_from([None, "/runs/earlier"])),
        )
    )


@st.composite
def any_evidence(draw: st.DrawFn) -> Evidence:
    task: Task = draw(st.sampled_from(get_args(Task)))
    counts = draw(st.sampled_from([(70, 70, 70), (5, 9, 200), (1, 1, 1)]))
    data = manifest(counts, held=30, task=task, side=draw(st.sampled_from([3.0, 90.0])))
    return Evidence(
        config=draw(any_config(task)),
        rows=draw(any_rows()),
        report=draw(st.sampled_from([None, report("head", 0.9), report("", 1.0, n=300)])),
        manifest=data,
        tried=draw(st.lists(any_config(task), max_size=2)),
        complete=draw(st.booleans()),
        script=draw(st.sampled_from(["", "Cyrillic"])) if task == "texts" else "",
    )


@settings(max_examples=200, deadline=None)
@given(any_evidence())
def test_whatever_the_evidence_what_is_suggested_is_new_and_can_be_trained(given_: Evidence) -> None:
    suggestion = suggest(given_)
    if suggestion is None:
        assert no_suggestion(given_)
        return
    new = essential(suggestion.config, given_.manifest)
    assert not any(
        is_same(new, essential(old, given_.manifest))
        for old in (given_.config, *given_.tried)
        if old.backbone == suggestion.config.backbone
    )
    assert configuration.checked(suggestion.config) == suggestion.config
    check(suggestion.config)
    assert suggestion.changes and all(change.old != change.new for change in suggestion.changes)
    assert suggestion.changes == changes(given_.config, suggestion.config, given_.manifest)
    assert suggestion.rule in {rule.__name__ for rule in (*RULES, *PLACES)}
    said = f"{suggestion.finding} {suggestion.advice} {suggestion.why}"
    assert "{" not in said and "inf " not in said and "nan" not in said


@settings(max_examples=60, deadline=None)
@given(any_evidence())
def test_taking_one_suggestion_after_another_ends(given_: Evidence) -> None:
    for _ in range(STEPS):
        suggestion = suggest(given_)
        if suggestion is None:
            return
        given_ = _taken(given_, suggestion.config)
    raise AssertionError(f"still suggesting after {STEPS} runs: {suggestion}")


def _taken(given_: Evidence, config: RunConfig) -> Evidence:
    """The same curves again, from a run that took the advice."""
    tried = (*given_.tried, given_.config)
    return Evidence(
        config=config,
        rows=given_.rows,
        report=given_.report,
        manifest=given_.manifest,
        tried=tried,
        complete=given_.complete,
        script=given_.script,
    )
