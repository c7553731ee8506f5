"""Home: the drawing of what happens, the next step, and recent runs."""

from __future__ import annotations

from pages.components.home import intro
from tests.fixtures.image_workspace import Furnished
from tests.pages.conftest import Open, primary, words


def test_a_fresh_workspace_offers_ways_to_begin(empty: Open) -> None:
    at = empty("home")
    assert not at.exception
    assert primary(at) == ["Try it with sample pictures"]
    assert [button.label for button in at.button] == [
        "Try it with sample pictures",
        "Try it with sample texts",
        "Bring your data",
        "Show it to a room",
    ]
    assert "Transfer learning" in words(at) and "Recent runs" not in words(at)


def test_with_data_the_next_step_is_a_model_and_runs_are_listed(full: Open, furnished: Furnished) -> None:
    at = full("home")
    assert not at.exception
    assert primary(at) == ["Set up a model"]
    assert "Recent runs" in words(at)
    assert f"**{100 * furnished.run.report().test.accuracy:.1f} %** right" in words(at)
    assert "EfficientNet" in words(at)


def test_the_drawing_names_what_its_photo_shows() -> None:
    assert (
        intro.PHOTO.is_file() and max(intro.ANSWER, key=intro.ANSWER.__getitem__) == intro.PHOTO.parent.name
    )
    assert "sign 3 · 80 %" in intro.drawing(intro.LIGHT) and "data:image/jpeg" in intro.drawing(intro.DARK)
