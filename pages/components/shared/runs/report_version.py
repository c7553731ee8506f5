"""The version of a run's report, a key for the caches of pages."""

from __future__ import annotations

from pathlib import Path

ReportVersion = tuple[str, int]  # a run's folder, and when its report was written, in nanoseconds


def report_version(folder: Path) -> ReportVersion:
    """The version of the report in a run's folder; 0 nanoseconds if there is none."""
    path = folder / "report.json"
    return str(folder), path.stat().st_mtime_ns if path.exists() else 0
