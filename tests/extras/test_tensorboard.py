"""TensorBoard itself reads what Graft writes; collected where it is installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.fixtures.tracked_run import LOSSES, tracked
from tlcore.export.tracking import record
from tlcore.export.tracking.track import track


def test_tensorboard_shows_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))
    run = tracked(tmp_path / "runs" / "flowers", "tensorboard")
    assert not track(run).problems
    shown = EventAccumulator(str(record.place("tensorboard") / "flowers"))
    shown.Reload()
    points = {event.step: event.value for event in shown.Scalars("loss/validation")}
    assert points == {epoch: np.float32(loss) for epoch, loss in LOSSES.items()}
    assert shown.Tags()["images"] == ["confusion"] and set(shown.Tags()["tensors"]) == {"settings", "report"}
