"""A backbone that came in a file: found by its content in the workspace, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tlcore.backbones.catalogue import catalogue, own_file
from tlcore.backbones.weights import weights
from tlcore.errors import BackboneError

ID = "file:" + "0a" * 16


def test_it_is_read_from_the_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))
    with pytest.raises(BackboneError, match="is not in this workspace"):
        catalogue.get(ID)
    assert catalogue.reads(ID) == "images", "a finished model no longer needs it"
    folder = tmp_path / "backbones" / ("0a" * 16)
    folder.mkdir(parents=True)
    entry = msgspec.structs.replace(catalogue.get("efficientnet_lite0"), name="theirs", fixed_size=True)
    (folder / own_file.ENTRY).write_bytes(msgspec.json.encode(entry))
    found = catalogue.get(ID)
    assert (found.id, found.name) == (ID, "theirs") and not weights.is_ready(found)
    (folder / own_file.NETWORK).touch()
    assert own_file.backbones() == [found]
    for other in ("mine", "1b" * 16):  # no hash, no entry
        (tmp_path / "backbones" / other).mkdir()
    assert own_file.backbones() == [found]
    assert weights.is_ready(found) and catalogue.serves(found, "images")
    assert not catalogue.serves(found, "detection")


@pytest.mark.parametrize("name", ["", "../../etc", "0a" * 16 + "/..", "/etc/passwd", "0A" * 16])
def test_other_names_lead_nowhere(name: str) -> None:
    with pytest.raises(BackboneError, match="no such backbone"):
        catalogue.get(f"file:{name}")
