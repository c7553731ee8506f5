"""Disk use of the workspace, with all that grows in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import words
from tlcore.workspace import Workspace


def drawn() -> None:
    from pages.components.data import storage

    storage.show()


def test_networks_of_models_from_elsewhere_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))
    assert "`.keras`" not in words(AppTest.from_function(drawn).run())
    (Workspace().folder("backbones", "0a" * 16) / "backbone.keras").write_bytes(bytes(5_000_000))
    at = AppTest.from_function(drawn).run()
    assert not at.exception and "MB more are networks that came in a `.keras` file" in words(at)
