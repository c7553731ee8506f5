"""Checks on real data, which lie beside the repository and are only read.

`python -m pytest` leaves them out and says so (`tests/conftest.py`). `python -m pytest tests/real` runs them,
as CI does after all others, and they fail where the data are missing.
"""

from __future__ import annotations

from pathlib import Path

import pytest

DATA = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets."""
    assert DATA.is_dir(), "the real data sets are missing: ../shared/data, beside the repository"
    return DATA
