"""For tests of the Export page: a run of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.image_workspace import Furnished
from tests.pages.conftest import Open


@pytest.fixture
def own_run(furnished: Furnished, tmp_path: Path, full: Open, monkeypatch: pytest.MonkeyPatch) -> Furnished:
    """A finished run to change at will, in a workspace of its own."""
    copy = furnished.copy(tmp_path / "workspace")
    monkeypatch.setenv("GRAFT_HOME", str(copy.home))
    return copy
