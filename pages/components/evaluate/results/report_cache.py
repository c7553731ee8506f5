"""What the sections of the Evaluate page share: the run's report, read once, and examples behind numbers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import streamlit as st

from pages.components.shared.runs.report_version import ReportVersion, report_version
from pages.components.tasks.tasks import VIEWS
from tlcore.evaluate import calibration, coverage
from tlcore.evaluate.coverage import CoveragePoint
from tlcore.evaluate.report import Reliability, Report
from tlcore.runs.run import Run


def report_of(run: Run) -> Report:
    """The report of a finished run, kept in memory as long as the file does not change. Only read it.

    Raises:
        RunError: there is none, or it cannot be read.
    """
    return _read(report_version(run.folder))


def was_replaced(run: Run, edition: str) -> bool:
    """Whether the run has gone on since its model with this edition was looked at, and has another one."""
    return bool(edition) and edition != _edition(report_version(run.folder))


def outcomes_of(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """The confidence of each test answer, and whether it is right, kept in the same way; errors too."""
    return _outcomes(report_version(run.folder))


def trade_off_of(run: Run) -> tuple[CoveragePoint, ...]:
    """What every threshold does, kept in the same way; errors as for `report_of`."""
    return _trade_off(report_version(run.folder))


def current_reliability(run: Run) -> Reliability:
    """How far its confidence can be believed, where the report does not say it; kept in the same way."""
    return _current_reliability(report_version(run.folder))


def show_examples(run: Run, shown: Sequence[tuple[str, str]], key: str) -> None:
    """The examples for (sha256, caption) pairs, as their task shows them."""
    VIEWS[run.task].data.captioned(run.dataset(), shown, key)


def follow_click(box: str, clicked: object, options: Collection[object], first: object) -> None:
    """Let the box with the key `box` follow what is clicked elsewhere, before it is drawn; it stays the same
    box, and what is chosen in it later counts, too.

    Args:
        clicked: what is chosen elsewhere now, or None; what is not among the `options` empties the box.
        first: what it shows at first.
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
