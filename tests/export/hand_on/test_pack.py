"""Settings that are handed on name no place of this computer, and nothing that receivers refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from tlcore.config import RunConfig
from tlcore.export.hand_on import bundle, contents, pack


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("/home/ana/models/dino", "dino"),
        ("/data/~data", bundle.NAMELESS),
        ("/data/a\\b", bundle.NAMELESS),
        ("/", bundle.NAMELESS),
    ],
)
def test_a_folder_is_named_so_that_receivers_take_it(folder: str, name: str, tmp_path: Path) -> None:
    config = RunConfig(backbone=f"folder:{folder}", task="images", data=folder)
    (tmp_path / "config.json").write_bytes(pack._portable(config))
    taken = contents._check_config(tmp_path / "config.json")
    assert (taken.backbone, taken.data) == (f"folder:{name}", "")
