"""The Predict page with a model that always gives the same answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.shared.answers import predictors
from tests.pages.conftest import components

Fix = Callable[..., list[str]]


def panels(at: AppTest) -> list[dict[str, Any]]:
    """All panels with an answer."""
    return [panel for answer in components(at, "graft_answer") for panel in answer["panels"]]


@pytest.fixture
def fixed(monkeypatch: pytest.MonkeyPatch) -> Fix:
    """Every model gives this answer; returns the files that were asked about, as they come."""

    def fix(**more: Any) -> list[str]:
        chances = {"blame": 0.6, "praise": 0.3, "<i>other</i>": 0.1}
        answer = {
            "path": "x",
            "label": "blame",
            "confidence": 0.6,
            "probabilities": chances,
            "seconds": 0.031,
        }
        asked: list[str] = []

        def ask(run: object, path: object, *_: object) -> dict[str, Any]:
            asked.append(str(path))
            return answer | more

        monkeypatch.setattr(predictors, "ask", ask)
        return asked

    return fix
