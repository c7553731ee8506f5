from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.many_runs import write_data
from tests.pages.conftest import Open

NAME = "Flowers <b>of</b> *spring*"


@pytest.fixture
def data(empty: Open, tmp_path: Path) -> Path:
    """A data set of 120 pictures of which only the manifest is there, in an empty workspace."""
    return write_data(tmp_path / "workspace", "flowers-20260301-100000-0000", NAME)
