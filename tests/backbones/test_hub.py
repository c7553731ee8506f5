"""Presets of KerasHub: one download at a time, Stop is heard meanwhile, and errors are sentences."""

from __future__ import annotations

from pathlib import Path

import pytest
from kagglehub.exceptions import DataCorruptionError

from tlcore import system
from tlcore.backbones import hub
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.weights import weights
from tlcore.errors import WeightsError

BACKBONE = catalogue.get("dinov2_small")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRAFT_WEIGHTS", str(tmp_path))
    return tmp_path


class Stopped(Exception):
    pass


def test_whoever_waits_for_another_download_says_so_and_can_stop(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "WAIT", 0.01)
    told: list[str] = []

    def tell(name: str, done: int, total: int) -> None:
        told.append(name)
        if len(told) > 2:
            raise Stopped

    with system.file_lock(folder / ".kaggle-dinov2_small.lock"):
        with pytest.raises(Stopped):
            hub.from_preset(BACKBONE, "dinov2_small", str, tell)
        other = catalogue.get("dinov2_base")
        assert hub.from_preset(other, "dinov2_base", str.upper, None) == "DINOV2_BASE"  # it waits for nobody
    assert told == ["DINOv2 small", *["DINOv2 small, by another process"] * 2]
    assert hub.from_preset(BACKBONE, "dinov2_small", str.upper, None) == "DINOV2_SMALL"


def test_half_a_download_is_not_ready_and_a_spoilt_one_is_explained(folder: Path) -> None:
    file = folder / BACKBONE.weights_file
    file.parent.mkdir(parents=True)
    file.write_bytes(b"half")
    assert not weights.is_ready(BACKBONE)

    def spoilt(preset: str) -> None:
        raise DataCorruptionError("the checksum is another one")

    with pytest.raises(WeightsError, match="DINOv2 small could not be downloaded"):
        hub.from_preset(BACKBONE, "dinov2_small", spoilt, None)
    with pytest.raises(WeightsError, match="accept the licence there"):
        hub.from_preset(catalogue.get("dinov3_vit_small_lvd1689m"), "dinov3_vit_small_lvd1689m", spoilt, None)

    def broken(preset: str) -> None:
        raise MemoryError

    with pytest.raises(MemoryError):  # which is told by itself
        hub.from_preset(BACKBONE, "dinov2_small", broken, None)
