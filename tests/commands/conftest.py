from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.models_in_memory import models_in_memory  # noqa: F401 (a fixture)
from tests.fixtures.tiny_training import Graft
from tlcore.config import RunConfig


def read_features(graft: Graft, data: Path, config: RunConfig, *options: object) -> str:
    """The log of a run that reads its features and learns nothing: tests ask whether it has found them."""
    from tlcore.graft.training import checkpoint, loop

    def learn_nothing(spec: Any, training: object, validation: Any, *ignored: object) -> tuple[Any, str]:
        row = {"epoch": 1} | loop.validate(spec.tail, spec.objective, validation)
        return checkpoint.TrainingProgress(1, 1, row["val_loss"], [row]), ""

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "train", learn_nothing)
        said = graft.train(data, "run", config, *options)
    assert said.code == 0, said.err
    return (graft.home / "run" / "train.log").read_text(encoding="utf-8")
