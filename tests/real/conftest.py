"""Checks on real data, which lie beside the repository and are only read.

`python -m pytest` leaves them out and says so (`tests/conftest.py`). `python -m pytest tests/real` runs them,
as CI does after all others, and they fail where the data are missing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.common import labelled_data
from tests.fixtures.shared import made_once
from tests.fixtures.tiny_training import Graft, finish

DRAWN = {"snips7": {"train": 600, "test": 200}}  # rows of tables; other sets are taken whole
DATA = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets."""
    assert DATA.is_dir(), "the real data sets are missing: ../shared/data, beside the repository"
    return DATA


@pytest.fixture(scope="session")
def trained_on(
    tmp_path_factory: pytest.TempPathFactory, weights_folder: Path, shared_data: Path
) -> Callable[[str], Path]:
    """The folder of a run of the default recipe on a set, by the whole network; rows that were drawn lie in
    `data` beside it. Only read it.
    """

    def run_of(name: str) -> Path:
        def train(home: Path) -> None:
            data = shared_data / name
            if name in DRAWN:
                data = labelled_data.draw(data, home / "data", DRAWN[name])
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Graft, "short", False)
                finish(home, weights_folder, "train", data, "--out", home / "run", "--json")

        return made_once(tmp_path_factory, f"run-on-{name}", train) / "run"

    return run_of
