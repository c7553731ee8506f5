"""Home: the next step, and recent runs."""

from __future__ import annotations

from tests.fixtures.image_workspace import Furnished
from tests.pages.conftest import Open, primary, words


def test_a_fresh_workspace_offers_ways_to_begin(empty: Open) -> None:
    at = empty("home")
    assert not at.exception
    assert primary(at) == ["Bring your data"]
    assert [button.label for button in at.button] == [
        "Bring your data",
        "Try it with sample pictures",
        "Try it with sample texts",
    ]
    assert "Transfer learning" in words(at) and "Recent runs" not in words(at)


def test_with_data_the_next_step_is_a_model_and_runs_are_listed(full: Open, furnished: Furnished) -> None:
    at = full("home")
    assert not at.exception
    assert primary(at) == ["Set up a model"]
    assert "Recent runs" in words(at)
    assert f"**{100 * furnished.run.report().test.accuracy:.1f} %** right" in words(at)
    assert "EfficientNet" in words(at)
