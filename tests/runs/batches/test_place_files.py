"""Answers that say where things are, as a table and as a COCO file, whatever names hold."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from tlcore.data.annotations.export.export import encode_areas
from tlcore.data.tables.cells import FORMULA_STARTS
from tlcore.runs.batches import coco_file
from tlcore.runs.batches.batch import BatchRow
from tlcore.runs.batches.csv_table import TableModel
from tlcore.runs.batches.place_rows import FullPlaceAnswer, place_row
from tlcore.runs.batches.place_table import write_counts, write_shares

LABELS = ("cat", "=dog")
BOX = {"label": "cat", "score": 0.9, "left": 1.5, "top": 2.0, "right": 11.5, "bottom": 6.0}
ANSWER: dict[str, Any] = {"path": "x", "width": 40, "height": 30, "milliseconds": 12.34, "threshold": 0.3}
TWO_CATS = place_row("=1+1.png", [ANSWER | {"boxes": [BOX, BOX | {"score": 0.5, "unknown": True}]}])
DOG = place_row("b.png", [ANSWER | {"boxes": [BOX | {"label": "=dog", "score": 0.31}]}])
NONE = place_row("c.png", [ANSWER | {"boxes": []}])
LOST = place_row("d.png", [{"path": "d.png", "error": "It is text."}])
ROWS = [TWO_CATS, DOG, NONE, LOST]


def areas() -> BatchRow[FullPlaceAnswer]:
    """A picture whose upper half is a cat, the rest background."""
    pixels = np.zeros((4, 6), np.uint8)
    pixels[:2] = 1
    regions = list(encode_areas(pixels, [1]))
    shares = {"background": 0.5, "cat": 0.5}
    return place_row("a.png", [ANSWER | {"width": 6, "height": 4, "areas": shares, "regions": regions}])


def table(rows: list[BatchRow[Any]], *models: TableModel, counts: bool = True) -> list[dict[str, str]]:
    text = io.StringIO(newline="")
    (write_counts if counts else write_shares)(rows, models, text)
    return list(csv.DictReader(text.getvalue().splitlines()))


def coco(rows: list[BatchRow[Any]], labels: tuple[str, ...], at: int = 0) -> Any:
    text = io.StringIO()
    count = coco_file.write(lambda: rows, labels, text, at)
    said = json.loads(text.getvalue())
    assert len(said["images"]) == count
    return said


def test_a_line_for_each_picture() -> None:
    found = table(ROWS, TableModel("one", LABELS))
    assert [row["name"] for row in found] == ["'=1+1.png", "b.png", "c.png", "d.png"]
    assert [row["objects"] for row in found] == ["2", "1", "0", ""]
    assert [row["number of cat"] for row in found] == ["2", "0", "0", ""]
    assert [row["number of =dog"] for row in found] == ["0", "1", "0", ""]
    assert [row["unlike anything in training"] for row in found] == ["1", "0", "0", ""]
    assert [row["reason"] for row in found] == ["", "", "", "It is text."]
    assert (found[0]["width"], found[0]["height"], found[0]["milliseconds"]) == ("40", "30", "12.3")


def test_shares_of_two_models() -> None:
    row = areas()
    both = BatchRow(row.name, answers=row.answers * 2, width=6, height=4)
    labels = ("background", "cat")
    (found,) = table([both], TableModel("one", labels), TableModel("two", labels), counts=False)
    assert found["unlike anything in training (two)"] == "no"
    assert found["share of cat (one)"] == found["share of background (two)"] == "0.5"


def test_boxes_as_coco() -> None:
    said = coco(ROWS, LABELS)
    assert said["categories"] == [{"id": 0, "name": "cat"}, {"id": 1, "name": "=dog"}]
    assert [image["file_name"] for image in said["images"]] == ["=1+1.png", "b.png", "c.png"]
    assert [(one["id"], one["image_id"], one["category_id"]) for one in said["annotations"]] == [
        (1, 1, 0),
        (2, 1, 0),
        (3, 2, 1),
    ]
    first = said["annotations"][0]
    assert (first["bbox"], first["area"], first["score"]) == ([1.5, 2.0, 10.0, 4.0], 40.0, 0.9)


def test_areas_as_coco() -> None:
    said = coco([areas()], ("background", "cat"))
    assert said["categories"] == [{"id": 1, "name": "cat"}]
    (one,) = said["annotations"]
    assert (one["category_id"], one["area"], one["bbox"]) == (1, 12, [0.0, 0.0, 6.0, 2.0])
    runs = one["segmentation"]
    pixels = coco_mask.decode({"size": runs["size"], "counts": runs["counts"].encode()})
    assert pixels.shape == (4, 6) and pixels[:2].all() and not pixels[2:].any()


WILD = st.text(max_size=12)
CLASSES = st.lists(WILD, min_size=1, max_size=4, unique=True)


@given(st.lists(WILD, max_size=4), CLASSES, WILD, st.booleans())
def test_names_do_no_harm(names: list[str], labels: list[str], reason: str, counts: bool) -> None:
    boxes = [BOX | {"label": label} for label in labels]
    said = {"boxes": boxes} if counts else {"areas": dict.fromkeys(labels, 0.5)}
    rows = [place_row(name, [ANSWER | said]) for name in names]
    rows.append(BatchRow("lost", error=reason))
    text = io.StringIO(newline="")
    models = [TableModel("=m", tuple(labels)), TableModel("=m", tuple(labels))]
    doubled = [BatchRow(row.name, error=row.error, answers=row.answers * 2) for row in rows]
    assert (write_counts if counts else write_shares)(doubled, models, text) == len(rows)
    text.seek(0)
    heads, *lines = csv.reader(text)
    assert len(set(heads)) == len(heads) and {len(line) for line in lines} == {len(heads)}
    assert not any(cell.startswith(FORMULA_STARTS) for line in [heads, *lines] for cell in line)
    said = coco(rows, tuple(labels))
    assert [image["file_name"] for image in said["images"]] == names
    known = {one["id"] for one in said["categories"]}
    assert {one["category_id"] for one in said["annotations"]} <= known
