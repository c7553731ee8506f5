from __future__ import annotations

import json

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from tests.fixtures.annotated import picture, source
from tlcore.data.annotations.acceptance import fit
from tlcore.data.annotations.class_maps import class_map
from tlcore.data.annotations.export.export import AnnotationExport, as_coco, as_yolo
from tlcore.data.annotations.formats import reader
from tlcore.data.annotations.formats.reader import AnnotatedSource
from tlcore.data.manifest import Box, Example

PICTURE = picture()
CLASSES = ("cat", "dog", "no")
SPANS = st.tuples(st.floats(0, 39), st.floats(0, 29), st.floats(0.01, 40), st.floats(0.01, 30))
BOXES = st.builds(
    lambda label, at: Box(label, at[0], at[1], min(40.0, at[0] + at[2]), min(30.0, at[1] + at[3])),
    st.sampled_from(CLASSES),
    SPANS,
)


def example(number: int, name: str, **more: object) -> Example:
    return Example(f"{number:064x}", name, "", 40, 30, **more)  # type: ignore[arg-type]


def read(export: AnnotationExport) -> AnnotatedSource:
    """The reading by our own reader of an export with its pictures."""
    files = dict.fromkeys(export.pictures.values(), PICTURE) | export.files
    with source(files) as opened:
        return reader.read(opened)


EXAMPLES = (
    example(1, "a.png", split="train", boxes=(Box("dog", 1.5, 2, 11.25, 13), Box("cat", 0, 0, 40, 30))),
    example(2, "deep/a.png", split="train", boxes=()),
    example(3, "a.png", split="train", boxes=(Box("no", 3, 3, 4, 4),)),
    example(4, "A.JPG", split="train", boxes=(Box("no", 3, 3, 4, 4),)),
    example(5, "a.png", split="validation", boxes=(Box("cat", 3, 3, 4, 4),)),
    example(6, "ü.png", split="test", boxes=(Box("cat", 3, 3, 4, 4),)),
    example(7, "not seen.png"),
)


@pytest.mark.parametrize("write", [as_coco, as_yolo])
def test_boxes_come_back(write: object) -> None:
    export = as_coco(EXAMPLES, CLASSES) if write is as_coco else as_yolo(EXAMPLES, CLASSES)
    told = read(export)
    assert told.classes == CLASSES and told.without == () and told.skipped == ()
    assert len(export.pictures) == len(set(export.pictures.values())) == 6
    for one in EXAMPLES[:6]:
        path = export.pictures[one.key]
        found = fit(told.annotations[path], 40, 30).boxes
        assert one.boxes is not None and told.splits[path] == one.split
        for ours, wanted in zip(found, one.boxes, strict=True):
            assert msgspec.structs.astuple(ours)[1:] == pytest.approx(
                msgspec.structs.astuple(wanted)[1:], abs=1e-5
            )
            assert ours.label == wanted.label


@settings(max_examples=30)
@given(
    st.lists(
        BOXES, min_size=1, max_size=5, unique_by=lambda box: (box.label, round(box.left), round(box.top))
    )
)
def test_any_boxes_come_back(boxes: list[Box]) -> None:
    one = example(1, "a.png", boxes=tuple(box for box in boxes if box.right - box.left > 0.005))
    for export in (as_coco([one], CLASSES), as_yolo([one], CLASSES)):
        (found,) = read(export).annotations.values()
        assert len(fit(found, 40, 30).boxes) + len(found.skipped) == len(one.boxes or ())


def test_class_maps_come_back_to_the_pixel() -> None:
    random = np.random.default_rng(3)
    maps = {name: random.choice([0, 1, 2, 255], (30, 40)).astype(np.uint8) for name in ("x", "y")}
    maps["y"][:] = 0
    examples = [example(1, "a.png", mask="x", split="train"), example(2, "b.png", mask="y", split="test")]
    export = as_coco(examples, ("background", "cat", "dog"), maps.__getitem__)
    told = read(export)
    assert told.task == "segmentation" and told.classes == ("background", "cat", "dog")
    for one in examples:
        found = told.annotations[export.pictures[one.key]]
        assert (class_map(found, told.classes, 40, 30) == maps[one.mask]).all()
    file = json.loads(export.files["train/_annotations.coco.json"])
    for one in file["annotations"]:
        assert one["area"] == coco_mask.decode(one["segmentation"]).sum()
        assert one["bbox"] == coco_mask.toBbox(one["segmentation"]).tolist()
    assert json.loads(export.files["test/_annotations.coco.json"])["annotations"] == []


def test_class_maps_come_back_as_outlines() -> None:
    random = np.random.default_rng(3)
    pixels = random.choice([0, 1, 2], (6, 8)).astype(np.uint8).repeat(5, axis=0).repeat(5, axis=1)
    pixels[7, 7] = 255
    one = example(1, "a.png", mask="x", split="train")
    told = read(as_yolo([one], ("background", "cat", "dog"), lambda sha256: pixels))
    assert told.task == "segmentation" and told.classes == ("background", "cat", "dog")
    found = class_map(told.annotations["images/train/a.png"], told.classes, 40, 30)
    assert (found == np.where(pixels == 255, 0, pixels)).all()


def test_class_names_of_every_kind_come_back() -> None:
    names = ("no", "1", "a: b", "'q\"", "- x", "hönä", "null", "#")
    boxes = tuple(Box(name, 1, 1, 5 + number, 5) for number, name in enumerate(names))
    one = example(1, "a.png", boxes=boxes)
    for export in (as_coco([one], names), as_yolo([one], names)):
        told = read(export)
        assert told.classes == names
        assert [box.label for box in told.annotations[export.pictures[one.key]].boxes] == list(names)


def test_pictures_called_the_same_have_paths_of_their_own() -> None:
    same = ["a.png", "A.png", "a.PNG", "2-a.jpg", "a.jpg", "deep/a.png"]
    export = as_yolo([example(1, name, boxes=()) for name in same], CLASSES)
    stems = {path.casefold().rpartition(".")[0] for path in export.pictures.values()}
    assert len(stems) == len(same) and len(export.files) == len(same) + 1
