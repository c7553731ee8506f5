"""The default recipe on real photos, through the command line, against a plain linear probe."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.tiny_training import Graft

PROBE = {"flowers5": 0.92, "bloodcells3": 0.983}  # EfficientNet-Lite0 features, logistic regression
ALLOWED = 0.03
pytestmark = pytest.mark.usefixtures("whole_lite0")


@pytest.mark.parametrize("name", PROBE)
def test_as_good_as_a_linear_probe(graft: Graft, shared_data: Path, name: str) -> None:
    trained = graft.call("train", shared_data / name, "--out", graft.home / "run", "--json")
    assert trained.code == 0, trained.err
    scored = graft.call("evaluate", graft.home / "run", shared_data / name, "--json")
    assert scored.json["split"] == "test" and scored.json["n"] == trained.json["n"]
    assert scored.json["accuracy"] >= PROBE[name] - ALLOWED
    assert scored.json["accuracy"] == pytest.approx(trained.json["accuracy"], abs=1e-9)
    assert trained.json["baseline_accuracy"] < 0.5 < trained.json["interval"][0]
