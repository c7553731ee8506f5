"""`export`: boxes and areas on the command line, read again by our own reader."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.fixtures.annotated import labelme, mask, picture, voc
from tlcore.__main__ import main
from tlcore.data.annotations.acceptance import fit
from tlcore.data.annotations.class_maps import class_map
from tlcore.data.annotations.formats import reader
from tlcore.data.annotations.formats.reader import AnnotatedSource
from tlcore.data.files.open_source import open_source
from tlcore.data.manifest import Box

VALUES = np.repeat([[0, 0, 1, 2]], 30, axis=0).repeat(10, axis=1)  # 40 × 30


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "workspace"))
    monkeypatch.chdir(tmp_path)


def folder(files: dict[str, bytes | str]) -> None:
    for name, content in files.items():
        path = Path("pets", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def read(path: str) -> AnnotatedSource:
    with open_source(Path(path)) as source:
        told = reader.read(source)
        assert {*told.annotations} == {entry.name for entry in source.entries}
        for entry in source.entries:
            assert entry.read() in (picture(), picture(seed=1))
    return told


@pytest.mark.parametrize("format", ["coco", "yolo"])
def test_boxes_with_their_pictures(format: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder(
        {
            "train/a.png": picture(),
            "train/a.xml": voc([("cat", (2, 3, 12, 13))]),
            "val/b.png": picture(seed=1),
        }
    )
    folder({"val/b.xml": voc([("dog", (1, 1, 9, 9))]), "train/unseen.png": picture(seed=2)})
    assert main(["export", "pets", "--format", format, "--out", "out.zip", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["pictures"] == 2
    told = read("out.zip")
    boxes = {told.splits[name]: fit(one, 40, 30).boxes for name, one in told.annotations.items()}
    assert boxes == {"train": (Box("cat", 2, 3, 12, 13),), "validation": (Box("dog", 1, 1, 9, 9),)}
    assert main(["export", "pets", "--out", "out.zip"]) == 2
    assert "add --force to overwrite it" in capsys.readouterr().err


@pytest.mark.parametrize("format", ["coco", "yolo"])
def test_areas_with_their_pictures(format: str) -> None:
    folder(
        {"pics/a.png": picture(), "masks/a.png": mask(VALUES), "classes.csv": "value,name\n1,cat\n2,dog\n"}
    )
    assert main(["export", "pets", "--format", format]) == 0
    told = read("export.zip")
    ((_, one),) = told.annotations.items()
    assert told.classes == ("background", "cat", "dog")
    assert (class_map(one, told.classes, 40, 30) == VALUES).all()


def test_pictures_without_boxes_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    folder({f"{label}/{n}.png": picture(seed=n) for label in ("cat", "dog") for n in range(2)})
    assert main(["export", "pets", "--out", "out.zip"]) == 2
    assert "None of these examples has boxes or areas." in capsys.readouterr().err
    assert not Path("out.zip").exists()
    folder({"cat/0.json": labelme([]), "cat/0.txt": ""})
    assert main(["export", "pets", "--out", "out.zip"]) == 2
