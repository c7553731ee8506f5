"""Files to take away of a batch that says where things are: a table, a COCO file, annotated pictures.

A browser gets each file from memory, so each has a bound; the command line writes the first two of any size.
"""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

import streamlit as st
from PIL import Image

from pages.components.predict.batch.rows import AnswerColumn
from pages.components.shared.selection.keys import key_of
from pages.components.shared.viewers import annotated, area_comparison, found_objects, overlay
from tlcore.errors import printable
from tlcore.runs.batches import coco_file, place_table
from tlcore.runs.batches.batch import Batch, BatchRow
from tlcore.runs.batches.place_rows import FULL, FullPlaceAnswer, PlaceAnswer
from tlcore.workspace import slug
from tlcore.workspace.home import at_this_home

PlaceItem = tuple[int, BatchRow[PlaceAnswer]]
MOST_PICTURES = 500  # in one ZIP: about 100 MB
MOST_COCO = 200_000_000  # bytes of rows for a COCO file, which is about as large
SMALL = 160  # pixels, longest side of a picture in the table


def buttons(batch: Batch, shown: Sequence[PlaceItem], columns: Sequence[AnswerColumn], total: int) -> None:
    """The downloads of these rows, of `total` in the batch."""
    asked = batch.asked()
    name = slug(asked.name if asked else "", "answers")
    with st.popover("Download", icon=":material/download:"):
        _button("Table (CSV)", f"{name}.csv", "text/csv", lambda: as_csv(batch, shown, columns), batch)
        is_large = batch.rows_file.stat().st_size * len(shown) / total > MOST_COCO
        for at, column in enumerate(columns):
            ending = f"-{column.mark.lower()}" if column.mark else ""
            _button(
                f"COCO file {column.mark}".strip(),
                f"{name}{ending}.coco.json",
                "application/json",
                lambda at=at, column=column: as_coco(batch, shown, column, at),  # type: ignore[misc]
                batch,
                is_large or not column.model.labels,
            )
            _button(
                f"Pictures with answers {column.mark} (ZIP)".replace("  ", " "),
                f"{name}{ending}.zip",
                "application/zip",
                lambda at=at, column=column: as_pictures(batch, shown, column, at),  # type: ignore[misc]
                batch,
            )
        if is_large:
            st.caption("These rows are too many for a COCO file in one go. Filter them first.")
        if len(shown) > MOST_PICTURES:
            st.caption(f"The ZIP has the first {MOST_PICTURES:,} pictures. Filter to get others.")


def _button(
    label: str, name: str, mime: str, data: Callable[[], bytes], batch: Batch, disabled: bool = False
) -> None:
    st.download_button(
        label,
        data=at_this_home(data),
        file_name=name,
        mime=mime,
        on_click="ignore",
        key=key_of(label, batch.id),
        width="stretch",
        disabled=disabled,
    )


def _numbers(shown: Sequence[PlaceItem]) -> list[int]:
    return [number for number, _ in shown]


def as_csv(batch: Batch, shown: Sequence[PlaceItem], columns: Sequence[AnswerColumn]) -> bytes:
    """These rows as a CSV file."""
    text = io.StringIO(newline="")
    answer = next((row.answers[0] for _, row in shown if row.answers), None)
    write = place_table.write_shares if answer and answer.areas else place_table.write_counts
    write((row for _, row in shown), [column.model for column in columns], text)
    return text.getvalue().encode("utf-8-sig", errors="replace")


def as_coco(batch: Batch, shown: Sequence[PlaceItem], column: AnswerColumn, at: int) -> bytes:
    """The answers of the model with number `at` to these rows as a COCO file."""
    text = io.StringIO()
    numbers = _numbers(shown)
    coco_file.write(lambda: batch.read_full(numbers, FULL), column.model.labels, text, at)
    return text.getvalue().encode("utf-8", errors="replace")


def as_pictures(batch: Batch, shown: Sequence[PlaceItem], column: AnswerColumn, at: int) -> bytes:
    """The first of these pictures with the answers of the model with number `at` drawn over them, as a ZIP.

    Files are named after their rows' numbers: what a picture is called may lead anywhere.
    """
    content = io.BytesIO()
    numbers = [number for number, row in shown if row.answers][:MOST_PICTURES]
    with zipfile.ZipFile(content, "w") as archive:  # JPEGs do not shrink further
        for number, row in zip(numbers, batch.read_full(numbers, FULL), strict=True):
            picture = _read(batch, number)
            if picture:
                file = f"{number + 1:05d}-{slug(PurePosixPath(row.name).stem, 'picture')}.jpg"
                archive.writestr(file, _with_answer(picture, row, column, at))
    return content.getvalue()


def drawn(batch: Batch, number: int, column: AnswerColumn, at: int) -> bytes:
    """The picture of a row with the answer of the model with number `at`; empty where it is gone."""
    picture = _read(batch, number)
    (row,) = batch.read_full([number], FULL)
    return _with_answer(picture, row, column, at) if picture else b""


@st.cache_resource(max_entries=8, show_spinner=False)
def _small_pictures(folder: str, numbers: tuple[int, ...], size: int, _column: AnswerColumn) -> list[str]:
    batch = Batch(Path(folder))
    found = []
    for number, row in zip(numbers, batch.read_full(numbers, FULL), strict=True):
        picture = _read(batch, number) if row.answers else b""
        small = _with_answer(_shrunk(picture), row, _column, 0, with_captions=False) if picture else b""
        found.append(f"data:image/jpeg;base64,{base64.b64encode(small).decode()}" if small else "")
    return found


def small_pictures(batch: Batch, numbers: tuple[int, ...], column: AnswerColumn) -> list[str]:
    """Small pictures of these rows with the first model's answers, as data URLs; "" where there is none."""
    return _small_pictures(str(batch.folder), numbers, batch.rows_file.stat().st_size, column)


def _read(batch: Batch, number: int) -> bytes:
    """The picture of a row, which the sandbox has made; empty where it is gone."""
    try:
        return batch.thumbnail(number).read_bytes()
    except OSError:
        return b""


def _shrunk(encoded: bytes) -> bytes:
    image = Image.open(io.BytesIO(encoded), formats=("JPEG",))
    image.thumbnail((SMALL, SMALL))
    content = io.BytesIO()
    image.save(content, "JPEG", quality=85)
    return content.getvalue()


def _with_answer(
    encoded: bytes, row: BatchRow[FullPlaceAnswer], column: AnswerColumn, at: int, with_captions: bool = True
) -> bytes:
    answer, labels = row.answers[at], column.model.labels
    if answer.map:
        return overlay.with_areas(
            encoded, area_comparison.answered_map({"map": answer.map}), annotated.background_of(labels)
        )
    marks = []
    for box in answer.boxes:
        edges = overlay.shares((box.left, box.top, box.right, box.bottom), (row.width, row.height))
        caption = (
            f"{printable(box.label, found_objects.LONGEST_NAME)} {box.score:.0%}" if with_captions else ""
        )
        number = labels.index(box.label) if box.label in labels else 0
        marks.append(overlay.DrawnBox(edges, number, caption))
    return overlay.with_boxes(encoded, marks)
