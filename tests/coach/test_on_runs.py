"""The coach on real runs, made to diverge, to stop too early, to learn by heart and to learn too little."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.finished_runs import features_there  # noqa: F401 (a fixture)
from tests.fixtures.tiny_training import COLOURS, Graft, draw, small
from tlcore.coach import gather
from tlcore.coach.suggestion import Suggestion, suggest
from tlcore.config import HEAD_RATE, HIDDEN, RunConfig
from tlcore.config.training import HeadConfig, TrainingConfig
from tlcore.runs.run import Run

pytestmark = pytest.mark.usefixtures("unverified", "without_cross_fit")


@pytest.fixture(scope="module")
def mislabelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty pictures whose colours say nothing of their classes: what is learned is learned by heart."""
    drawn = draw(tmp_path_factory.mktemp("drawn"))
    folder = tmp_path_factory.mktemp("data") / "mislabelled"
    labels = sorted(COLOURS)
    for label in labels:
        (folder / label).mkdir(parents=True)
    for number, path in enumerate(sorted(drawn.rglob("*.png"))):
        path.rename(folder / labels[number % len(labels)] / f"{number:02d}.png")
    return folder


def coached(graft: Graft, data: Path, config: RunConfig) -> Suggestion:
    """What the coach says of a run with these settings."""
    graft.train(data, "run", config)
    suggestion = suggest(gather.gather_evidence(Run(graft.home / "run"), []))
    assert suggestion is not None
    return suggestion


@pytest.mark.usefixtures("features_there")
def test_a_run_that_diverges_is_given_smaller_steps_and_those_do_not(graft: Graft, coloured: Path) -> None:
    suggestion = coached(graft, coloured, small(learning_rate=1e3, epochs=6))
    assert suggestion.rule == "diverged"
    assert [change.setting for change in suggestion.changes] == ["Learning rate"]
    said = graft.call("coach", graft.home / "run", "--out", graft.home / "next.json")
    assert said.code == 0 and f"Learning rate: 1000 → {HEAD_RATE:g}" in said.out
    graft.call("train", coloured, "--out", graft.home / "next", "--config", graft.home / "next.json")
    following = suggest(gather.gather_evidence(Run(graft.home / "next"), [Run(graft.home / "run")]))
    assert following is not None and following.rule != "diverged"


@pytest.mark.usefixtures("features_there")
def test_a_run_that_stops_too_early_is_given_more_epochs(graft: Graft, coloured: Path) -> None:
    suggestion = coached(graft, coloured, small(epochs=2, learning_rate=1e-3))
    assert suggestion.rule == "stopped_too_early" and suggestion.config.training.epochs > 2


def test_a_run_that_learns_by_heart_is_shown_changed_pictures(graft: Graft, mislabelled: Path) -> None:
    head, recipe = HeadConfig(hidden=(512,), dropout=0.0), {"learning_rate": 1e-3, "schedule": "constant"}
    config = small(head=head, weight_decay=0.0, epochs=50, **recipe)
    suggestion = coached(graft, mislabelled, config)
    assert suggestion.rule == "overfitting" and suggestion.config.augmentation.views > 0
    assert "by heart" in suggestion.finding


@pytest.mark.usefixtures("features_there")
def test_a_run_that_learns_too_little_is_given_room(graft: Graft, coloured: Path) -> None:
    config = small(epochs=12, head=HeadConfig(hidden=(1,), dropout=0.9), weight_decay=1.0)
    suggestion = coached(graft, coloured, config)
    assert suggestion.rule == "underfitting"
    assert suggestion.config.head == HeadConfig(hidden=HIDDEN, counts=False)
    assert suggestion.config.training.weight_decay == TrainingConfig().weight_decay
