"""Model: every choice changes the numbers beside it, and no choice breaks the page."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import Open, primary, words


def numbers(at: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


def config(at: AppTest) -> dict[str, object]:
    """The configuration that the page would train with, as it shows it."""
    (text,) = [code.value for code in at.code if code.language == "json"]
    return dict(json.loads(text))


def test_empty(empty: Open) -> None:
    at = empty("model")
    assert not at.exception
    assert primary(at) == ["Go to Data"]
    assert "First bring some pictures" in words(at)


def test_full(full: Open) -> None:
    at = full("model")
    assert not at.exception
    assert primary(at) == ["Train"]
    assert numbers(at)["Numbers to train"] == f"{(1280 + 1) * 128 + (128 + 1) * 3:,}"
    assert "17 of 17 blocks frozen" in words(at)


def test_freezing_less_trains_more(full: Open) -> None:
    at = full("model")
    before = numbers(at)
    at.button_group(key="freeze").set_value("part").run()
    some = numbers(at)
    assert "15 of 17 blocks frozen" in words(at) and config(at)["unfreeze"] == 2
    at.slider(key="blocks_efficientnet_lite0").set_value(5).run()
    more = numbers(at)
    assert "12 of 17 blocks frozen" in words(at)
    at.button_group(key="freeze").set_value("none").run()
    all_of_it = numbers(at)
    assert "0 of 17 blocks frozen" in words(at) and config(at)["unfreeze"] == "all"
    counts = [int(n["Numbers to train"].replace(",", "")) for n in (before, some, more, all_of_it)]
    assert counts == sorted(set(counts))


def test_the_head_changes_the_numbers(full: Open) -> None:
    at = full("model")
    at.button_group(key="layers_recommended").set_value(0).run()
    assert numbers(at)["Numbers to train"] == f"{(1280 + 1) * 3:,}"
    at.button_group(key="layers_recommended").set_value(2).run()
    at.select_slider(key="width_recommended_0").set_value(256).run()
    assert config(at)["head"]["hidden"] == [256, 64]  # type: ignore[index]
    assert numbers(at)["Numbers to train"] == f"{1281 * 256 + 257 * 64 + 65 * 3:,}"
    assert not at.exception


def test_the_tutorials_recipe(full: Open) -> None:
    at = full("model")
    at.button_group(key="preset").set_value("tutorial").run()
    assert not at.exception
    wanted = config(at)
    assert (wanted["backbone"], wanted["unfreeze"]) == ("resnet50", 0)
    assert wanted["head"] == {"hidden": [1024], "dropout": 0.0}
    training = dict(wanted["training"])  # type: ignore[call-overload]
    assert (training["optimizer"], training["loss"]) == ("rmsprop", "categorical_crossentropy")
    assert numbers(at)["Parameters"] == "23.6 M"
    assert numbers(at)["Numbers to train"] == f"{(2048 + 1) * 1024 + (1024 + 1) * 3:,}"
    at.button_group(key="preset").set_value("recommended").run()
    assert config(at)["backbone"] == "efficientnet_lite0"


def test_every_backbone_can_be_chosen(full: Open) -> None:
    at = full("model")
    at.toggle(key="offline_recommended").set_value(False).run()
    (box,) = [box for box in at.selectbox if box.label == "Backbone"]
    for number in range(0, len(box.options), 6):
        at.selectbox(key=box.key).select_index(number).run()
        assert not at.exception and not at.error
        assert config(at)["backbone"]


@pytest.mark.parametrize(("validation", "test"), [(40, 40), (5, 5)])
def test_extreme_settings_are_no_traceback(full: Open, validation: int, test: int) -> None:
    at = full("model")
    at.slider(key="validation_recommended").set_value(validation)
    at.slider(key="test_recommended").set_value(test)
    at.number_input(key="epochs_recommended").set_value(1000)
    at.number_input(key="patience_recommended").set_value(1000)
    at.slider(key="dropout_recommended").set_value(0.8)
    at.run()
    assert not at.exception and primary(at) == ["Train"]
