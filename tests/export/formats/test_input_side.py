"""The side of a model's pictures, from a file that may be a stranger's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fixtures.archives import a_zip
from tlcore.config import RunConfig, to_json
from tlcore.errors import RunError
from tlcore.export.formats.input_side import input_side
from tlcore.runs.run import Run


def a_run(folder: Path, side: object) -> Run:
    """Its backbone's folder is gone, and its model says the side."""
    (folder / "config.json").write_bytes(to_json(RunConfig(backbone="folder:gone", task="images")))
    entry = {"class_name": "InputLayer", "config": {"batch_shape": [None, side, side, 3]}}
    network = json.dumps({"config": {"layers": [entry]}}).encode()
    a_zip(folder / "model.keras", [("config.json", network), ("model.weights.h5", b"")], 0)
    return Run(folder)


@pytest.mark.parametrize("side", [0, -224, 100_000, "224", True, 2.5e2, None, [224]])
def test_a_side_that_no_picture_has_is_refused(side: object, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="does not say which pictures"):
        input_side(a_run(tmp_path, side))


def test_the_file_says_it(tmp_path: Path) -> None:
    assert input_side(a_run(tmp_path, 224)) == 224
