from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore import config as configuration
from tlcore.config import FINE_TUNING_BATCHES, FINE_TUNING_RATES, HEAD_RATE, PRESETS, RunConfig
from tlcore.config.augmentation import AugmentationConfig
from tlcore.config.training import FineTuningConfig, TrainingConfig
from tlcore.errors import ConfigError


@pytest.mark.parametrize("config", [*PRESETS.values(), RunConfig(unfreeze="all", input_size=96, data="é")])
def test_a_configuration_survives_its_file(config: RunConfig) -> None:
    assert configuration.from_json(configuration.to_json(config)) == config


@given(
    st.builds(
        RunConfig,
        data=st.text(),
        unfreeze=st.one_of(st.just("all"), st.integers(0, 500)),
        seed=st.integers(0, 2**31 - 1),
        input_size=st.one_of(st.none(), st.integers(32, 1024)),
        start_from=st.one_of(st.none(), st.text()),
        augmentation=st.builds(
            AugmentationConfig, views=st.integers(0, 32), flip=st.booleans(), rotate=st.floats(0, 45)
        ),
    )
)
def test_any_allowed_value_survives_its_file(config: RunConfig) -> None:
    assert configuration.from_json(configuration.to_json(config)) == config


def test_a_file_from_before_there_was_augmentation_is_read_without_it() -> None:
    earlier = json.loads(configuration.to_json(RunConfig()))
    del earlier["augmentation"]
    assert configuration.from_json(json.dumps(earlier)).augmentation.views == 0


def test_an_empty_file_is_the_default_and_notepad_may_have_written_it() -> None:
    assert configuration.from_json("{}") == RunConfig()
    assert configuration.from_json(b"\xef\xbb\xbf{}") == RunConfig()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"backbon": "vgg16"}', "backbon"),
        ('{"head": {"hiden": [8]}}', "hiden"),
        ('{"head": {"hidden": [0]}}', "$.head.hidden"),
        ('{"head": {"hidden": [1,1,1,1,1]}}', "$.head.hidden"),
        ('{"head": {"dropout": 1.0}}', "$.head.dropout"),
        ('{"training": {"epochs": 0}}', "$.training.epochs"),
        ('{"training": {"epochs": "ten"}}', "$.training.epochs"),
        ('{"training": {"learning_rate": -1}}', "$.training.learning_rate"),
        ('{"unfreeze": -1}', "$.unfreeze"),
        ('{"unfreeze": "some"}', "$.unfreeze"),
        ('{"augmentation": {"views": 33}}', "$.augmentation.views"),
        ('{"augmentation": {"rotate": 90}}', "$.augmentation.rotate"),
        ('{"augmentation": {"zoom": -0.1}}', "$.augmentation.zoom"),
        ('{"augmentation": {"hue": 0.1}}', "hue"),
        ('{"input_size": 8}', "$.input_size"),
        ('{"seed": -1}', "$.seed"),
        ("[]", "array"),
        ("{", "truncated"),
        (b"\xff\xfe{", "malformed"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(text: str | bytes, named: str) -> None:
    with pytest.raises(ConfigError) as caught:
        configuration.from_json(text)
    assert named in str(caught.value)


def test_what_was_built_in_code_is_checked_as_a_file_is() -> None:
    with pytest.raises(ConfigError):
        configuration.checked(msgspec.structs.replace(RunConfig(), seed=-3))


def test_the_learning_rate_follows_from_what_trains() -> None:
    assert configuration.resolved(RunConfig()).training.learning_rate == HEAD_RATE
    for task, rate in FINE_TUNING_RATES.items():
        assert configuration.resolved(RunConfig(), task).fine_tuning.learning_rate == rate
    assert configuration.resolved(PRESETS["tutorial"]).training.learning_rate == 1e-3


def test_the_tutorial_is_the_tutorial() -> None:
    tutorial = json.loads(configuration.to_json(PRESETS["tutorial"]))
    assert (tutorial["backbone"], tutorial["unfreeze"]) == ("resnet50", 0)
    assert tutorial["head"] == {"hidden": [1024], "dropout": 0.0, "counts": None}
    assert tutorial["training"]["optimizer"] == "rmsprop"
    assert tutorial["training"]["loss"] == "categorical_crossentropy"


def test_small_batches_fine_tune_pictures_unless_a_person_chose_others() -> None:
    def batches(training: TrainingConfig, tuning: FineTuningConfig, task: str = "images") -> tuple[int, int]:
        config = RunConfig(unfreeze=2, training=training, fine_tuning=tuning)
        config = configuration.resolved(config, task)
        return config.recipe("head").batch_size, config.recipe("fine-tuning").batch_size

    assert batches(TrainingConfig(), FineTuningConfig()) == (32, FINE_TUNING_BATCHES["images"])
    assert batches(TrainingConfig(), FineTuningConfig(), "texts") == (32, FINE_TUNING_BATCHES["texts"])
    assert batches(TrainingConfig(batch_size=64), FineTuningConfig()) == (64, 64)
    assert batches(TrainingConfig(batch_size=64), FineTuningConfig(batch_size=8)) == (64, 8)


def test_a_run_from_before_fine_tuning_had_batches_of_its_own_goes_on_with_those_of_the_head() -> None:
    stored = RunConfig(unfreeze=2, training=TrainingConfig(batch_size=32))
    assert stored.recipe("fine-tuning").batch_size == 32


def test_a_run_from_before_counts_nothing_and_a_new_one_of_texts_may() -> None:
    old = configuration.from_json('{"head": {"hidden": null, "dropout": 0.4}}')
    assert configuration.resolved(configuration.as_written(old), "texts").head.counts is False
    assert configuration.resolved(old, "texts").head.counts is True
    assert configuration.resolved(old, "images").head.counts is False
    refused = configuration.from_json('{"head": {"counts": false}}')
    assert configuration.resolved(refused, "texts").head.counts is False and refused.is_head_open
