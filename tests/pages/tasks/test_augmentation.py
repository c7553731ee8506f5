"""Views on the Model page: what they cost, how they look, and that they reach the run."""

from __future__ import annotations

import json
from pathlib import Path

from streamlit.testing.v1 import AppTest

from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import size
from tests.fixtures.image_workspace import Furnished
from tests.pages.conftest import Open, config, numbers, primary, words
from tlcore import config as configuration
from tlcore.config.augmentation import AugmentationConfig
from tlcore.data.splits import assign
from tlcore.runs.queue import turn
from tlcore.runs.run import runs
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace


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
        assert numbers(at)["Disk"] == size(len(manifest.examples) * 4 * 1280 + extra)
        assert pictures(at) == ["As it is", *(f"View {number}" for number in range(1, shown + 1))]
    at.button(key="another_picture").click().run()
    assert not at.exception and primary(at) == ["Train"] and len(pictures(at)) == 8


def test_kinds_of_change_and_views_survive_a_visit_elsewhere(full: Open) -> None:
    at = full("model")
    at.select_slider(key="views_recommended").set_value(2).run()
    at.button_group(key="flip_recommended").set_value("off")
    at.slider(key="rotate_recommended").set_value(30)
    at.slider(key="shift_recommended").set_value(0)
    at.slider(key="colour_recommended").set_value(50).run()
    chosen = AugmentationConfig(views=2, flip=False, rotate=30.0, shift=0.0, colour=0.5, mixup=0.0)
    assert configuration.from_json(json.dumps(config(at))).augmentation == chosen
    at.switch_page("pages/data.py").run()
    at.switch_page("pages/model.py").run()
    assert configuration.from_json(json.dumps(config(at))).augmentation == chosen


def test_no_kind_of_change_is_said_to_change_nothing(full: Open) -> None:
    at = full("model")
    at.select_slider(key="views_recommended").set_value(1).run()
    at.button_group(key="flip_recommended").set_value("off")
    for kind in ("rotate", "zoom", "shift", "brightness", "contrast", "colour"):
        at.slider(key=f"{kind}_recommended").set_value(0)
    at.run()
    assert "Every kind of change is off" in words(at) and pictures(at) == [] and not at.exception


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
            assert run.config().augmentation == AugmentationConfig(views=5, flip=True, zoom=0.4, mixup=0.0)
            assert at.title[0].value == "Train" and not at.exception
            at = empty("train", run=run.id)
            at.session_state[key_of("files", run.id)] = True
            assert dict(config(at.run())["augmentation"])["views"] == 5  # type: ignore[call-overload]
        finally:
            BACKEND.cancel(run, grace=10)
    assert BACKEND.status(run).state == "cancelled"
