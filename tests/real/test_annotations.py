"""Real boxes and masks: as `labelformat` reads them, format by format, and as they lie side by side."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from labelformat.formats import COCOObjectDetectionInput, PascalVOCObjectDetectionInput
from PIL import Image

from tests.data.annotations.formats.test_oracle import Boxes, theirs
from tlcore.__main__ import main
from tlcore.data.annotations.acceptance import fit
from tlcore.data.annotations.class_maps import class_map
from tlcore.data.annotations.formats import reader
from tlcore.data.annotations.formats.reader import AnnotatedSource
from tlcore.data.files.open_source import open_source

SIZE = (640, 480)
LAYOUTS = {"Pascal VOC": "annotations_voc", "COCO": "coco.json", "YOLO": "labels_yolo"}


def read(path: Path, only: str = "") -> AnnotatedSource:
    """A set, or of its annotations those of one format alone."""
    with open_source(path) as opened:
        if only:
            drop = {place for name, place in LAYOUTS.items() if name != only}
            opened.keep_only(lambda entry: not drop & set(entry.name.split("/")))
        return reader.read(opened)


def boxes_of(told: AnnotatedSource, split: str) -> Boxes:
    return {
        name.rpartition("/")[2]: sorted(
            (box.label, box.left, box.top, box.right, box.bottom) for box in fit(one, *SIZE).boxes
        )
        for name, one in told.annotations.items()
        if name.startswith(f"{split}/")
    }


def in_pixels(boxes: Boxes) -> Boxes:
    """The same in whole pixels, as people drew them: no edge is farther from one than a hundredth."""
    assert all(
        abs(edge - round(edge)) < 0.01 for found in boxes.values() for _, *box in found for edge in box
    )
    return {
        name: sorted((label, *map(round, box)) for label, *box in found)  # type: ignore[misc]
        for name, found in boxes.items()
    }


@pytest.mark.parametrize("name", LAYOUTS)
def test_each_format_of_the_blood_cells_is_read_as_labelformat_does(shared_data: Path, name: str) -> None:
    folder = shared_data / "bccd_det"
    told = read(folder, name)
    assert told.format == name and told.classes == ("RBC", "WBC", "Platelets") and not told.skipped
    for split in ("train", "val", "test"):
        voc = theirs(PascalVOCObjectDetectionInput(folder / split / "annotations_voc", "RBC,WBC,Platelets"))
        coco = theirs(COCOObjectDetectionInput(folder / split / "coco.json"))
        ours = boxes_of(told, split)
        assert ours.keys() == voc.keys() == coco.keys()
        assert in_pixels(ours) == in_pixels(voc) == in_pixels(coco)


def test_blood_cells_in_three_formats_side_by_side(shared_data: Path) -> None:
    told = read(shared_data / "bccd_det")
    assert (told.task, told.format) == ("detection", "Pascal VOC")
    assert told.notes == ("Pascal VOC was used. COCO and YOLO have the same 1,503 boxes.",)
    assert Counter(told.splits.values()) == {"train": 70, "validation": 15, "test": 25}
    labels = Counter(box.label for one in told.annotations.values() for box in one.boxes)
    assert labels == {"RBC": 1285, "WBC": 114, "Platelets": 104} and told.without == ()


def test_masks_of_pets(shared_data: Path) -> None:
    told = read(shared_data / "pets_seg")
    assert (told.task, told.format, told.classes) == ("segmentation", "mask pictures", ("background", "pet"))
    assert Counter(told.splits.values()) == {"train": 80, "test": 40} and not told.without + told.skipped
    for name, one in list(told.annotations.items())[::20]:
        files = (shared_data / "pets_seg" / path for path in (name, one.file))
        with Image.open(next(files)) as image, Image.open(next(files)) as mask:
            assert (class_map(one, told.classes, *image.size) == np.array(mask)).all()


@pytest.mark.parametrize("name", ["flowers5", "signdigits10", "imagenet_open", "bloodcells3", "nasty.zip"])
def test_what_has_classes_alone_has_no_annotations(shared_data: Path, name: str) -> None:
    with open_source(shared_data / name) as opened:
        assert reader.find(opened) is None


def test_check_counts_the_boxes_of_each_class(shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(shared_data / "bccd_det"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["boxes"] == {"RBC": 1285, "WBC": 114, "Platelets": 104} and said["accepted"] == 110
    assert said["warnings"][0] == "Pascal VOC was used. COCO and YOLO have the same 1,503 boxes."
