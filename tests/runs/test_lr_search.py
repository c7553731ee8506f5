"""Which settings share a curve, and where it lies."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tlcore.config import PhaseName, RunConfig
from tlcore.config.augmentation import AugmentationConfig
from tlcore.config.training import FineTuningConfig, HeadConfig, TrainingConfig
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest
from tlcore.errors import RunError
from tlcore.evaluate.lr_curve import curve
from tlcore.runs.lr_search import LrSearch, LrSearchRecord, essential, search_for
from tlcore.workspace import Workspace

BASE = RunConfig(
    unfreeze=2,
    training=TrainingConfig(learning_rate=1e-3),
    fine_tuning=FineTuningConfig(learning_rate=1e-4),
)
OTHER_TRAINING: list[dict[str, Any]] = [
    {"learning_rate": 0.5},
    {"epochs": 3},
    {"schedule": "constant"},
    {"warmup_epochs": 0.0},
    {"patience": 2},
]


def changed(part: str, **changes: Any) -> RunConfig:
    return msgspec.structs.replace(BASE, **{part: msgspec.structs.replace(getattr(BASE, part), **changes)})


def same(config: RunConfig, phase: PhaseName) -> bool:
    return essential(config, phase) == essential(BASE, phase)


@pytest.mark.parametrize("changes", OTHER_TRAINING)
def test_a_heads_curve_does_not_know_its_rate_or_how_long_it_trains(changes: dict[str, Any]) -> None:
    config = changed("training", **changes)
    assert same(config, "head")
    is_rate = "learning_rate" in changes
    assert same(config, "fine-tuning") is is_rate, "the head that is fine-tuned is another one then"


@pytest.mark.parametrize(
    "changes", [{"learning_rate": 0.5}, {"epochs": 3}, {"warmup_epochs": 0.0}, {"patience": 2}]
)
def test_nor_does_that_of_fine_tuning(changes: dict[str, Any]) -> None:
    config = changed("fine_tuning", **changes)
    assert same(config, "fine-tuning") and same(config, "head")


@pytest.mark.parametrize(
    "config",
    [
        changed("training", batch_size=8),
        changed("training", weight_decay=0.0),
        changed("training", optimizer="rmsprop"),
        changed("split", most_per_class=5),
        msgspec.structs.replace(BASE, head=HeadConfig(hidden=())),
        msgspec.structs.replace(BASE, augmentation=AugmentationConfig(views=2)),
        msgspec.structs.replace(BASE, seed=1),
        msgspec.structs.replace(BASE, backbone="mobilenet_v2"),
        msgspec.structs.replace(BASE, input_size=96),
    ],
)
def test_all_else_makes_another_curve(config: RunConfig) -> None:
    assert not same(config, "head") and not same(config, "fine-tuning")


def test_how_much_is_unfrozen_concerns_the_second_phase_alone() -> None:
    for config in (msgspec.structs.replace(BASE, unfreeze=5), changed("fine_tuning", depth_decay=0.5)):
        assert same(config, "head") and not same(config, "fine-tuning")
    assert essential(BASE, "head").phases == ("head",)
    scratch = msgspec.structs.replace(BASE, pretrained=False, unfreeze="all")
    assert essential(scratch, "whole").phases == ("whole",)


def test_the_same_settings_on_other_data_are_another_search(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    one, other = (Dataset(workspace.folder("datasets", name)) for name in ("one", "other"))
    for dataset in (one, other):
        dataset.write(Manifest(name="x"))
    first = search_for(workspace, one, BASE)
    assert search_for(workspace, one, BASE).folder == first.folder
    assert first.folder.parent == workspace.cache / "rates" and not first.folder.exists()
    assert search_for(workspace, other, BASE).folder != first.folder
    os.utime(one.folder / "manifest.json", (1, 1))
    assert search_for(workspace, one, BASE).folder != first.folder


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    search = LrSearch(tmp_path)
    assert search.record() is None
    head = curve("head", [0.1, 0.2], [1.0, 2.0])
    search.write(LrSearchRecord((head,)))
    found = search.record()
    assert found and found.curve("head") == head and found.curve("fine-tuning") is None
    search.file.write_text("{")
    assert search.record() is None


def test_a_folder_with_something_else_is_refused(tmp_path: Path) -> None:
    LrSearch.prepare(tmp_path / "new", BASE)
    LrSearch.prepare(tmp_path / "new", BASE)
    (tmp_path / "new" / "model.keras").touch()
    with pytest.raises(RunError, match="something in that place"):
        LrSearch.prepare(tmp_path / "new", BASE)
