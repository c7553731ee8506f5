"""Model: every choice changes the numbers beside it, and no choice breaks the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.words import size
from tests.furnished import Furnished
from tests.pages.conftest import Open, primary, words
from tlcore import config as configuration
from tlcore.config import AugmentationConfig
from tlcore.data.splits import assign
from tlcore.runs.backend import LocalBackend
from tlcore.runs.queue import turn
from tlcore.runs.run import runs
from tlcore.workspace import Workspace


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


def pictures(at: AppTest) -> list[str]:
    """Captions of the pictures that the page shows."""
    return [caption for image in at.image for caption in image.captions]


def test_views_cost_disk_and_are_shown(full: Open, furnished: Furnished) -> None:
    at = full("model")
    assert config(at)["augmentation"]["views"] == 0 and pictures(at) == []  # type: ignore[index]
    manifest = furnished.dataset.read()
    train = assign(manifest, configuration.RunConfig().split).count("train")
    for views, shown in ((3, 3), (32, 7)):
        at.select_slider(key="views_recommended").set_value(views).run()
        assert config(at)["augmentation"]["views"] == views  # type: ignore[index]
        extra = views * train * 4 * 1280  # bytes: pooled features
        line = next(text.value for text in at.markdown if "of each training picture" in text.value)
        assert f"{views} views" in line and f"and {size(extra)} more on disk" in line
        assert f"output: {size(len(manifest.examples) * 4 * 1280 + extra)}" in words(at)
        assert pictures(at) == ["As it is", *(f"View {number}" for number in range(1, shown + 1))]
    at.button(key="another_picture").click().run()
    assert not at.exception and primary(at) == ["Train"] and len(pictures(at)) == 8


def test_kinds_of_change_and_views_survive_a_visit_elsewhere(full: Open) -> None:
    at = full("model")
    at.select_slider(key="views_recommended").set_value(2).run()
    at.toggle(key="flip_recommended").set_value(False)
    at.slider(key="rotate_recommended").set_value(30)
    at.slider(key="shift_recommended").set_value(0)
    at.slider(key="colour_recommended").set_value(50).run()
    chosen = AugmentationConfig(views=2, flip=False, rotate=30.0, shift=0.0, colour=0.5)
    assert configuration.from_json(json.dumps(config(at))).augmentation == chosen
    at.switch_page("pages/data.py").run()
    at.switch_page("pages/model.py").run()
    assert configuration.from_json(json.dumps(config(at))).augmentation == chosen


def test_no_kind_of_change_is_said_to_change_nothing(full: Open) -> None:
    at = full("model")
    at.select_slider(key="views_recommended").set_value(1).run()
    at.toggle(key="flip_recommended").set_value(False)
    for kind in ("rotate", "zoom", "shift", "brightness", "contrast", "colour"):
        at.slider(key=f"{kind}_recommended").set_value(0)
    at.run()
    assert "Every kind of change is off" in words(at) and pictures(at) == [] and not at.exception


def test_more_views_than_the_cache_may_hold_are_warned_of(
    full: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFT_CACHE_GB", "0.001")
    at = full("model")
    for views, warned in ((1, False), (32, True)):
        at.select_slider(key="views_recommended").set_value(views).run()
        assert ("choose fewer views" in words(at)) is warned


def test_the_run_that_starts_has_the_chosen_views_and_shows_them(
    furnished: Furnished, tmp_path: Path, empty: Open
) -> None:
    furnished.copy(tmp_path / "workspace")
    at = empty("model")
    at.select_slider(key="views_recommended").set_value(5).run()
    at.slider(key="zoom_recommended").set_value(40).run()
    with turn(Workspace().queue, "somebody else", lambda ahead: False):  # it waits, and does not train
        (train,) = [button for button in at.button if button.label == "Train"]
        train.click().run()
        run = runs(Workspace().runs)[0]
        try:
            assert run.config().augmentation == AugmentationConfig(views=5, flip=True, zoom=0.4)
            assert at.title[0].value == "Train" and not at.exception
            assert dict(config(at)["augmentation"])["views"] == 5  # type: ignore[call-overload]
        finally:
            LocalBackend().cancel(run)
    assert run.status().state == "cancelled"
