"""The default recipe on real photos, through the command line, against a plain linear probe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.tiny_training import Graft
from tlcore.runs.run import Run

PROBE = {"flowers5": 0.92, "bloodcells3": 0.983}  # EfficientNet-Lite0 features, logistic regression
ALLOWED = 0.03
pytestmark = pytest.mark.usefixtures("whole_lite0")


@pytest.mark.parametrize("name", PROBE)
def test_as_good_as_a_linear_probe(
    graft: Graft, shared_data: Path, trained_on: Callable[[str], Path], name: str
) -> None:
    run = Run(trained_on(name))
    scored = graft.call("evaluate", run.folder, shared_data / name, "--json")
    trained = run.report().test
    assert scored.json["split"] == "test" and scored.json["n"] == trained.n
    assert scored.json["accuracy"] >= PROBE[name] - ALLOWED
    assert scored.json["accuracy"] == pytest.approx(trained.accuracy, abs=1e-9)
    assert trained.baseline_accuracy < 0.5 < trained.interval[0]
