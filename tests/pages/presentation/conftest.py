"""A scene without a browser: the bar, and what the scene draws."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

Draw = Callable[[str, str], AppTest]


def script(page: str) -> None:
    from types import SimpleNamespace

    import streamlit as st

    from pages.components.presentation import bar

    if st.session_state.pop("whole", False):  # as the curves ask for the whole page when a run ends
        st.rerun()
    bar.show(SimpleNamespace(url_path=page, run=lambda: st.title(f"The page itself: {page}")))  # type: ignore[arg-type]


@pytest.fixture
def draw() -> Draw:
    """Draw a page at an address: `draw("model", "2,data,,,")`."""

    def drawn(page: str, address: str) -> AppTest:
        at = AppTest.from_function(script, args=(page,), default_timeout=20)  # type: ignore[arg-type]
        at.query_params["present"] = address
        return at.run()

    return drawn
