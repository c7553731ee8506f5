"""Checks of areas, and the shares of pixels that they rest on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.data.checks.test_objects import a_manifest, found
from tests.data.checks.test_problems import PLAIN
from tests.fixtures.versions import with_states
from tlcore.data import checks
from tlcore.data.annotations.class_maps import store_class_map
from tlcore.data.checks.pixel_shares import pixel_shares
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example, Manifest
from tlcore.data.versions.example_states import states


def test_areas_of_one_class_and_of_next_to_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset, classes = Dataset(tmp_path / "areas"), ("background", "cat", "speck")
    dataset.folder.mkdir()
    examples = []
    for number in range(14):
        pixels = np.zeros((100, 100), np.uint8)
        if number:
            pixels[number : number + 30] = 1
            pixels[0, 0] = 2 if number < 12 else 0
        mask, areas = store_class_map(pixels, classes, dataset)
        examples.append(
            Example(f"{number:064x}", f"{number}.jpg", "", 100, 100, look=PLAIN, mask=mask, areas=areas)
        )
    manifest = Manifest(name="pets", task="segmentation", classes=classes, examples=tuple(examples))
    told = found(with_states(manifest, states(manifest)), dataset)
    assert set(told) == {"one_class", "rare_area"}
    assert [key[1] for key in told["one_class"].groups[0]] == ["0.jpg"]
    assert told["rare_area"].message.startswith("“speck” has less than 0.1% of all pixels")
    assert pixel_shares(dataset, manifest)["speck"] == 11 / 140_000
    assert pixel_shares(dataset, a_manifest()) == {}
    monkeypatch.setattr(checks.pixel_shares, "MOST_PIXELS", 70_000)
    assert pixel_shares(dataset, manifest)["speck"] == 5 / 70_000  # of every other one
