"""Answers that say where things are as one COCO file: pictures, and each object with its score.

Areas are run lengths, one for each class in a picture. It is written picture by picture, so that no batch is
too large for memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TextIO

import msgspec

from tlcore.data.annotations.export.export import class_numbers, encode_box
from tlcore.data.manifest import Box
from tlcore.runs.batches.batch import BatchRow
from tlcore.runs.batches.place_rows import FullPlaceAnswer

PlaceRows = Callable[[], Iterable[BatchRow[FullPlaceAnswer]]]


def write(rows: PlaceRows, labels: Sequence[str], file: TextIO, at: int = 0) -> int:
    """Write the file; returns the number of pictures in it. Those that could not be read are not among them.

    Args:
        rows: gives the rows from the first one on; it is called twice.
        labels: the model's classes; the background, if it is the first, is no category.
        at: the place of the model among those that answered.
    """
    categories = [{"id": number, "name": label} for label, number in class_numbers(labels).items()]
    file.write(f'{{"categories":{_json(categories)},"images":[')
    pictures = _write_list(_images(rows()), file)
    file.write('],"annotations":[')
    _write_list(_annotations(rows(), labels, at), file)
    file.write("]}\n")
    return pictures


def _write_list(items: Iterable[dict[str, object]], file: TextIO) -> int:
    count = 0
    for count, item in enumerate(items, start=1):
        file.write(f"{',' if count > 1 else ''}\n{_json(item)}")
    return count


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _answered(rows: Iterable[BatchRow[FullPlaceAnswer]]) -> Iterator[tuple[int, BatchRow[FullPlaceAnswer]]]:
    return enumerate((row for row in rows if row.answers), start=1)


def _images(rows: Iterable[BatchRow[FullPlaceAnswer]]) -> Iterator[dict[str, object]]:
    for number, row in _answered(rows):
        yield {"id": number, "file_name": row.name, "width": row.width, "height": row.height}


def _annotations(
    rows: Iterable[BatchRow[FullPlaceAnswer]], labels: Sequence[str], at: int
) -> Iterator[dict[str, object]]:
    numbers = class_numbers(labels)
    count = 0
    for picture, row in _answered(rows):
        answer = row.answers[at]
        found = [
            encode_box(Box(box.label, box.left, box.top, box.right, box.bottom), numbers[box.label])
            | {"score": round(box.score, 4)}
            for box in answer.boxes
            if box.label in numbers
        ]
        for one in (*found, *answer.regions):
            count += 1
            yield {"id": count, "image_id": picture} | one
