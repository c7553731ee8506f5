"""The report of a run, read once for all sections of the page, and the examples behind its numbers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import streamlit as st

from pages.components.shared.runs.report_version import ReportVersion, report_version
from pages.components.tasks.tasks import VIEWS
from tlcore.evaluate import calibration, coverage
from tlcore.evaluate.coverage import CoveragePoint
from tlcore.evaluate.reliability import Reliability
from tlcore.evaluate.report import Report
from tlcore.runs.run import Run


def report_of(run: Run) -> Report:
    """Report of a finished run, kept in memory until the file changes. Only read it.

    Raises:
        RunError: there is none, or it cannot be read.
    """
    return _read(report_version(run.folder))


def was_replaced(run: Run, edition: str) -> bool:
    """True if the run was resumed since its model had this edition, and has another model now."""
    return bool(edition) and edition != _edition(report_version(run.folder))


def outcomes_of(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Confidence of each test answer, and whether it is right; kept and raising as `report_of`."""
    return _outcomes(report_version(run.folder))


def trade_off_of(run: Run) -> tuple[CoveragePoint, ...]:
    """Coverage and accuracy at every threshold; kept and raising as `report_of`."""
    return _trade_off(report_version(run.folder))


def current_reliability(run: Run) -> Reliability:
    """Reliability of the model as it is, for a report without one; kept and raising as `report_of`."""
    return _current_reliability(report_version(run.folder))


def show_examples(run: Run, shown: Sequence[tuple[str, str]], key: str) -> None:
    """Show the examples of (sha256, caption) pairs, as their task does."""
    VIEWS[run.task].data.captioned(run.dataset(), shown, key)


def follow_click(box: str, clicked: object, options: Collection[object], first: object) -> None:
    """Set the box with the key `box` to what is clicked elsewhere, before it is drawn. A later choice in the
    box itself counts, too.

    Args:
        clicked: what is chosen elsewhere now, or None; what is not among the `options` empties the box.
        first: its first value.
    """
    if clicked != st.session_state.get(f"{box}_heard"):
        st.session_state[f"{box}_heard"] = clicked
        if clicked is not None:
            st.session_state[box] = clicked if clicked in options else None
    if box not in st.session_state or st.session_state[box] not in (None, *options):
        st.session_state[box] = first


# Few: one of 3,000 examples and 77 classes takes some megabytes.
@st.cache_resource(max_entries=8, show_spinner=False)
def _read(version: ReportVersion) -> Report:
    return Run(Path(version[0])).report()


@st.cache_resource(max_entries=64, show_spinner=False)
def _edition(version: ReportVersion) -> str:
    return Run(Path(version[0])).edition()


@st.cache_resource(max_entries=8, show_spinner=False)
def _outcomes(version: ReportVersion) -> tuple[np.ndarray, np.ndarray]:
    return coverage.outcomes(_read(version).test.predictions)


@st.cache_resource(max_entries=8, show_spinner=False)
def _trade_off(version: ReportVersion) -> tuple[CoveragePoint, ...]:
    return coverage.trade_off(*_outcomes(version))


@st.cache_resource(max_entries=8, show_spinner=False)
def _current_reliability(version: ReportVersion) -> Reliability:
    confidence, right = _outcomes(version)
    return Reliability(
        loss=_read(version).test.loss,
        error=calibration.calibration_error(confidence, right),
        interval=calibration.error_interval(confidence, right),
        bins=calibration.bins(confidence, right),
    )
