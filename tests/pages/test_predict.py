"""Predict, as far as it goes without a model's answer; the rest is in tests/journey."""

from __future__ import annotations

from tests.furnished import Furnished
from tests.pages.conftest import Open, primary, words


def test_empty(empty: Open) -> None:
    at = empty("predict")
    assert not at.exception
    assert primary(at) == ["Go to Model"]
    assert "There is no finished model yet" in words(at)


def test_full(full: Open, furnished: Furnished) -> None:
    at = full("predict", run=furnished.run.id)
    assert not at.exception and not at.error
    assert "It knows: amber, blue, röd." in words(at)
    assert [tab.label for tab in at.tabs] == ["Drop or choose", "Paste", "Webcam"]
