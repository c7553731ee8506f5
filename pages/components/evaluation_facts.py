"""What the sections of the Evaluate page share: the run's report, read once, and examples behind numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from pages.components.tasks import SHOWN, task_of
from tlcore.data.dataset import Dataset
from tlcore.evaluate.report import Report
from tlcore.runs.run import Run


def report_of(run: Run) -> Report:
    """The report of a finished run, kept in memory as long as the file does not change. Only read it.

    Raises:
        RunError: there is none, or it cannot be read.
    """
    path = run.folder / "report.json"
    return _read(str(run.folder), path.stat().st_mtime_ns if path.exists() else 0)


# Few: one of 3,000 examples and 77 classes takes some megabytes.
@st.cache_resource(max_entries=8, show_spinner=False)
def _read(folder: str, modified: int) -> Report:
    return Run(Path(folder)).report()


def examples(run: Run, shown: Sequence[tuple[str, str]], key: str) -> None:
    """The examples for (sha256, caption) pairs, as their task shows them."""
    SHOWN[task_of(run)].captioned(Dataset(Path(run.config().data)), shown, key)
