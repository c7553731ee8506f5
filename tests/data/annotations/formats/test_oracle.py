"""Small random sets as `labelformat` reads and writes them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from labelformat.formats import (
    COCOObjectDetectionInput,
    COCOObjectDetectionOutput,
    PascalVOCObjectDetectionInput,
    PascalVOCObjectDetectionOutput,
    YOLOv8ObjectDetectionInput,
    YOLOv8ObjectDetectionOutput,
)
from labelformat.model.object_detection import ObjectDetectionInput

from tests.fixtures.annotated import coco, picture, voc, yolo
from tlcore.data.annotations.acceptance import fit
from tlcore.data.annotations.export.export import as_coco, as_yolo
from tlcore.data.annotations.formats import reader
from tlcore.data.files.open_source import open_source
from tlcore.data.manifest import Box, Example

Boxes = dict[str, list[tuple[str, float, float, float, float]]]


def random_objects(seed: int) -> dict[str, list[tuple[str, tuple[float, float, float, float]]]]:
    random = np.random.default_rng(seed)
    found: dict[str, list[tuple[str, tuple[float, float, float, float]]]] = {}
    for number in range(3):
        left, top = random.integers(0, 20, 4), random.integers(0, 15, 4)
        right, bottom = left + random.integers(1, 20, 4), top + random.integers(1, 15, 4)
        edges = np.stack((left, top, right, bottom), axis=1).astype(float).tolist()
        found[f"{number}.png"] = [(("cat", "dog")[at % 2], tuple(one)) for at, one in enumerate(edges)]
    return found


def folder_of(root: Path, kind: str, seed: int) -> Path:
    """Three pictures with random boxes, written by our fixtures."""
    objects = random_objects(seed)
    (root / "images" / "train").mkdir(parents=True)
    (root / "labels" / "train").mkdir(parents=True)
    for number, (name, found) in enumerate(objects.items()):
        (root / "images" / "train" / name).write_bytes(picture(seed=number))
        if kind == "voc":
            (root / "labels" / f"{name[:-4]}.xml").write_text(voc(found, name))
        if kind == "yolo":
            (root / "labels" / "train" / f"{name[:-4]}.txt").write_text(yolo(found))
    (root / "data.yaml").write_text("path: .\ntrain: images/train\nnames: [cat, dog]\n")
    if kind == "coco":
        (root / "labels" / "train.json").write_text(coco(objects))
    return root


def their_reader(root: Path, kind: str) -> ObjectDetectionInput:
    if kind == "voc":
        return PascalVOCObjectDetectionInput(root / "labels", "cat,dog")
    if kind == "coco":
        return COCOObjectDetectionInput(root / "labels" / "train.json")
    return YOLOv8ObjectDetectionInput(root / "data.yaml", "train")


def theirs(found: ObjectDetectionInput) -> Boxes:
    return {
        label.image.filename: sorted(
            (one.category.name, one.box.xmin, one.box.ymin, one.box.xmax, one.box.ymax)
            for one in label.objects
        )
        for label in found.get_labels()
    }


def ours(root: Path) -> Boxes:
    with open_source(root) as opened:
        told = reader.read(opened)
    assert not told.skipped
    return {
        name.rpartition("/")[2]: sorted(
            (box.label, box.left, box.top, box.right, box.bottom) for box in fit(one, 40, 30).boxes
        )
        for name, one in told.annotations.items()
    }


def same(first: Boxes, second: Boxes) -> bool:
    """True if all boxes of all pictures are equal within a hundredth of a pixel."""
    return first.keys() == second.keys() and all(
        one[0] == other[0] and one[1:] == pytest.approx(other[1:], abs=0.01)
        for name in first
        for one, other in zip(first[name], second[name], strict=True)
    )


@pytest.mark.parametrize("kind", ["voc", "coco", "yolo"])
@pytest.mark.parametrize("seed", range(3))
def test_we_read_what_labelformat_reads(kind: str, seed: int, tmp_path: Path) -> None:
    root = folder_of(tmp_path / "set", kind, seed)
    found = theirs(their_reader(root, kind))
    assert sum(map(len, found.values())) == 12 and same(ours(root), found)


@pytest.mark.parametrize("kind", ["voc", "coco", "yolo"])
def test_we_read_what_labelformat_writes(kind: str, tmp_path: Path) -> None:
    found = their_reader(folder_of(tmp_path / "from", "coco", 7), "coco")
    root = tmp_path / "to"
    for number, name in enumerate(theirs(found)):
        (root / "images" / "train").mkdir(parents=True, exist_ok=True)
        (root / "images" / "train" / name).write_bytes(picture(seed=number))
    if kind == "voc":
        PascalVOCObjectDetectionOutput(root / "xml").save(found)
    elif kind == "coco":
        COCOObjectDetectionOutput(root / "train.json").save(found)
    else:
        YOLOv8ObjectDetectionOutput(root / "data.yaml", "train").save(found)
    assert same(ours(root), theirs(found))


@pytest.mark.parametrize("kind", ["coco", "yolo"])
def test_labelformat_reads_what_we_write(kind: str, tmp_path: Path) -> None:
    boxes = {
        name: tuple(Box(label, *edges) for label, edges in found) for name, found in random_objects(5).items()
    }
    examples = [
        Example(f"{number:064x}", name, "", 40, 30, split="train", boxes=found)
        for number, (name, found) in enumerate(boxes.items())
    ]
    export = (as_coco if kind == "coco" else as_yolo)(examples, ("cat", "dog"))
    for path, content in (dict.fromkeys(export.pictures.values(), picture()) | export.files).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    if kind == "coco":
        found = theirs(COCOObjectDetectionInput(tmp_path / "train" / "_annotations.coco.json"))
    else:
        found = theirs(YOLOv8ObjectDetectionInput(tmp_path / "data.yaml", "train"))
    wanted = {name: sorted(msgspec.structs.astuple(box) for box in some) for name, some in boxes.items()}
    assert same(found, wanted)
