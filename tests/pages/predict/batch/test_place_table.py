"""Batches of a detector and a segmenter on Predict: their table, what is drawn, what is taken away."""

from __future__ import annotations

import base64
import csv
import io
import json
import zipfile
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from pages.components.predict.batch import place_files
from pages.components.predict.batch.rows import answer_columns, items
from pages.components.shared.answers import predictors
from tests.data.conftest import jpeg
from tests.fixtures.place_workspace import AREAS, CLASSES, Placed, placed  # noqa: F401
from tests.pages.conftest import Open, words
from tlcore.runs.batches.batch import Batch, BatchRequest, BatchRow
from tlcore.runs.batches.place_rows import FIGURES, place_row
from tlcore.runs.run import Run

COUNT = 60
HOSTILE = "../=cmd.png"


@pytest.fixture
def own(placed: Placed, tmp_path: Path, empty: Open, monkeypatch: pytest.MonkeyPatch) -> Placed:  # noqa: F811
    monkeypatch.setattr(predictors, "wake", lambda run: None)
    return placed.copy(tmp_path / "workspace")


def filled(run: Run, kind: str) -> Batch:
    """A batch that is done: sixty pictures, one of them not read; in the picture with number n are n cats."""
    batch = Batch(run.folder.parent.parent / "batches" / "holiday-20260305-101500-aaaa")
    batch.prepare(BatchRequest("holiday.zip", (str(run.folder),), str(batch.folder / "source.zip")))
    rows: list[BatchRow] = [BatchRow("letter.jpg", error="It is text.")]
    (batch.folder / "thumbs").mkdir()
    for number in range(1, COUNT):
        said = _boxes(number) if kind == "detector" else _areas(number)
        answer = {"width": 40, "height": 30, "milliseconds": 10.0 + number, **said}
        rows.append(place_row(HOSTILE if number == 7 else f"{number}.png", [answer]))
        batch.thumbnail(number).write_bytes(jpeg(number))
    batch.rows_file.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    (batch.folder / "status.json").write_text('{"state": "done", "done": 60, "total": 60}')
    return batch


def _boxes(number: int) -> dict[str, object]:
    edges = {"left": 2.0, "top": 2.0, "right": 20.0, "bottom": 20.0}
    cats = [{"label": CLASSES[0], "score": 0.9, **edges}] * number
    return {
        "boxes": cats + [{"label": CLASSES[1], "score": 0.6, "unknown": True, **edges}] * (number == 3),
        "threshold": 0.5,
    }


def _areas(number: int) -> dict[str, object]:
    content = io.BytesIO()
    Image.fromarray(np.ones((30, 40), np.uint8)).save(content, "PNG")
    share = number / 100
    return {
        "areas": {AREAS[0]: 1 - share, AREAS[1]: share},
        "map": base64.b64encode(content.getvalue()).decode(),
    }


def test_the_table_of_boxes(own: Placed, empty: Open) -> None:
    batch = filled(own.detector, "detector")
    at = empty("predict", run=own.detector.id, batch=batch.id)
    assert not at.exception
    assert "**60 sent: 59 answered, 1 skipped.**" in words(at)
    assert "1,770 cat" in words(at) and "Objects count from a score of 50 % on. 40 ms each" in words(at)
    table = at.dataframe[0].value
    assert len(table) == 50 and list(table) == ["Picture", "Name", "0", "1", "unlike", "ms"]
    assert table["Picture"][1].startswith("data:image/jpeg") and table["Picture"].isna()[0]
    assert list(table["0"][1:4]) == [1, 2, 3] and table["1"][3] == 1
    at.text_input(key=f"find_{batch.id}").set_value("CMD").run()
    assert list(at.dataframe[0].value["Name"]) == [HOSTILE]
    at.text_input(key=f"find_{batch.id}").set_value("").run()
    at.multiselect(key=f"classes_{batch.id}").set_value([CLASSES[1]]).run()
    assert list(at.dataframe[0].value["Name"]) == ["3.png"]
    at.multiselect(key=f"classes_{batch.id}").set_value([]).run()
    at.selectbox(key=f"order_{batch.id}").select("Most first").run()
    assert list(at.dataframe[0].value["0"][:2]) == [59, 58] and not at.exception
    at.selectbox(key=f"order_{batch.id}").select("Unlike training first").run()
    assert list(at.dataframe[0].value["unlike"][:1]) == [1]


def test_the_table_of_areas(own: Placed, empty: Open) -> None:
    batch = filled(own.segmenter, "segmenter")
    at = empty("predict", run=own.segmenter.id, batch=batch.id)
    assert not at.exception and "On average 70.0 % background, 30.0 % cat." in words(at).replace("\\", "")
    at.selectbox(key=f"order_{batch.id}").select("Most first").run()
    assert list(at.dataframe[0].value["1"][:2]) == [0.59, 0.58]  # of the cat: the background counts not


def test_what_is_taken_away(own: Placed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(own.home))
    batch = filled(own.detector, "detector")
    shown, (column,) = items(batch, FIGURES), answer_columns(batch)
    lines = list(csv.DictReader(io.StringIO(place_files.as_csv(batch, shown, [column]).decode("utf-8-sig"))))
    assert len(lines) == COUNT and lines[3]["number of <b>dog</b>"] == "1"
    said = json.loads(place_files.as_coco(batch, shown[:5], column, 0))
    assert (len(said["images"]), len(said["annotations"])) == (4, 1 + 2 + 3 + 1 + 4)
    monkeypatch.setattr(place_files, "MOST_PICTURES", 10)
    with zipfile.ZipFile(io.BytesIO(place_files.as_pictures(batch, shown, column, 0))) as archive:
        names = archive.namelist()
        assert len(names) == 10 and names[6] == "00008-cmd.jpg"
        assert all("/" not in name for name in names)
        with Image.open(io.BytesIO(archive.read(names[0]))) as picture:
            assert picture.format == "JPEG"


def test_a_drawn_picture_shows_the_areas(own: Placed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(own.home))
    batch = filled(own.segmenter, "segmenter")
    (column,) = answer_columns(batch)
    assert place_files.drawn(batch, 1, column, 0) != batch.thumbnail(1).read_bytes()
    batch.thumbnail(2).unlink()
    assert place_files.drawn(batch, 2, column, 0) == b""
