"""Opening a part of the Data page by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

PAGE = str(Path(__file__).with_name("changing_page.py"))
Part = Callable[[str], AppTest]


@pytest.fixture
def part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Part:
    """Open a part in a workspace of this test's own: `part("problems")`; after the data set is planted."""
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "workspace"))
    return _open


def _open(name: str) -> AppTest:
    st.cache_data.clear()
    st.cache_resource.clear()
    at = AppTest.from_file(PAGE, default_timeout=30)
    at.session_state["part"] = name
    return at.run()
