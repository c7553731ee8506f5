"""Costs of finding things: maps in the cache, a pyramid as head."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tlcore.config import RunConfig
from tlcore.data.defaults import with_defaults
from tlcore.data.manifest import Box, Example, Manifest, Task
from tlcore.plan import Plan, plan
from tlcore.workspace import Workspace

TRAINED, HELD, TESTED = 70, 15, 25
LITE0_HEAD = {"detection": 171_751, "segmentation": 120_770}  # of three and two classes, as trained


def costs(task: Task, **settings: object) -> Plan:
    splits = ["train"] * TRAINED + ["validation"] * HELD + ["test"] * TESTED
    examples = tuple(
        Example(f"{n:064x}", f"{n}.jpg", "", 640, 480, 9, split, None, (Box("cell", 1, 1, 9, 9),))  # type: ignore[arg-type]
        for n, split in enumerate(splits)
    )
    manifest = Manifest(name="cells", task=task, classes=("cell",), examples=examples)
    return plan(
        with_defaults(msgspec.structs.replace(RunConfig(), **settings), manifest), manifest, Workspace()
    )


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))


@pytest.mark.parametrize("task", ["detection", "segmentation"])
def test_a_pyramid_has_about_as_many_parameters_as_the_real_one(task: Task) -> None:
    assert costs(task).head_parameters == pytest.approx(LITE0_HEAD[task], rel=0.25)


def test_maps_of_every_view_are_kept_in_half_precision() -> None:
    found = costs("detection")
    rows = TRAINED * (1 + 8) + HELD + TESTED
    least = rows * 2 * (64**2 * 40 + 32**2 * 112 + 16**2 * 320)
    assert least <= found.disk_bytes <= 1.1 * least


def test_smaller_pictures_cost_less_and_unfreezing_more() -> None:
    usual, small, tuned = (
        costs("detection"),
        costs("detection", input_size=320),
        costs("detection", unfreeze=5),
    )
    assert small.seconds < usual.seconds < tuned.seconds
    assert small.disk_bytes < usual.disk_bytes < tuned.disk_bytes
    assert small.memory_bytes < usual.memory_bytes < tuned.memory_bytes
