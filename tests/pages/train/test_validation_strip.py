"""Validation pictures on the Train page: the marks are those of the last epoch, and of these pictures."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np

from tests.fixtures.image_workspace import Furnished
from tests.pages.conftest import Open, components, words
from tlcore.evaluate import validation_sample
from tlcore.runs.metrics import epochs, read_from


def test_the_marks_are_the_answers_after_the_last_epoch(full: Open, furnished: Furnished) -> None:
    at = full("train", run=furnished.run.id)
    (strip,) = components(at, "graft_strip")
    last = epochs(read_from(furnished.run.metrics)[0])[-1]
    right = validation_sample.unpack(last["val_sample"], len(strip["names"]))
    assert not at.exception and len(right) == round(np.sum(right) / last["val_accuracy"])  # all are shown
    assert strip["marks"] == ["right" if one else "wrong" for one in right]
    assert f"**{sum(right)} of {len(right)} right** after epoch {last['epoch']}" in words(at)
    assert not strip["can_pick"] and re.match("data:image/webp", strip["sheet"]["address"])


def test_runs_from_before_and_runs_whose_data_are_gone_have_no_strip(
    furnished: Furnished, tmp_path: Path, empty: Open
) -> None:
    own = furnished.copy(tmp_path / "workspace")
    rows = [json.loads(line) for line in own.run.metrics.read_text().splitlines()]
    for row in rows:
        row.pop("val_sample", None)
    own.run.metrics.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    at = empty("train", run=own.run.id)
    assert not at.exception and not components(at, "graft_strip")
    shutil.copy(furnished.run.metrics, own.run.metrics)
    shutil.rmtree(own.dataset.folder)
    at = empty("train", run=own.run.id)
    assert not at.exception and not components(at, "graft_strip")
