from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.fixtures.models_in_memory import models_in_memory  # noqa: F401 (a fixture)
from tlcore.export.hand_on import trial
from tlcore.runs.run import Run


@pytest.fixture
def tried_here(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Models are not loaded to be tried: each says what a sound one does. The numbers of examples asked."""
    counts: list[int] = []
    report = Run.report

    def ask(run: Run, paths: Sequence[Path], stopping: Callable[[], bool]) -> list[trial.TrialAnswer]:
        counts.append(len(paths))
        said = {one.sha256: one for one in report(run).test.predictions}
        found = [said.get(path.name) or list(said.values())[at] for at, path in enumerate(paths)]
        return [trial.TrialAnswer({one.predicted: one.confidence}) for one in found]

    monkeypatch.setattr(trial, "ask", ask)
    return counts
