"""Checks on real data, which lie beside the repository and are only read."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets."""
    return Path(__file__).parents[2].parent / "shared" / "data"
