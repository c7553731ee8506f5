"""Checks on real data, which lie beside the repository and are only read.

A checkout elsewhere does not have them: then these tests are left out, and the summary says so. Where CI is
set they always run, and fail when the data are missing.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DATA = Path(__file__).parents[2].parent / "shared" / "data"
LEFT_OUT = not DATA.is_dir() and not os.environ.get("CI")


def pytest_ignore_collect() -> bool | None:
    """Leave out what lies in this folder where there is nothing to check it on."""
    return True if LEFT_OUT else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if LEFT_OUT:
        terminalreporter.write_line(
            "tests/real was left out: the real data sets (../shared/data) are not there. CI=true forces it."
        )


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets."""
    assert DATA.is_dir(), "the real data sets are missing: ../shared/data, beside the repository"
    return DATA
