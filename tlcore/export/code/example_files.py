"""The examples of a run as files beside its code: a table that names the pictures, or the texts."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from tlcore.config.task import Task
from tlcore.data.dataset import Dataset
from tlcore.data.examples.text_table import texts_of
from tlcore.data.manifest import Example, SplitName
from tlcore.data.tables.cells import escape_formula
from tlcore.data.text_store import read_texts
from tlcore.errors import DataError
from tlcore.file_set import Content

ExampleSplits = list[tuple[Example, SplitName]]
HERE = "The pictures are in `pictures/`."
HERE_WITH_MASKS = "The pictures are in `pictures/`, their areas in `masks/`."
ELSEWHERE = "The pictures are not in here: the paths are those of the computer on which the run was made."


@dataclass(frozen=True)
class ExampleFiles:
    """How one kind of example goes along.

    Attributes:
        is_large: they go along where somebody asks for it; else always.
        place: a sentence that says where they are, with and without that.
        write: the files, from data set, classes and examples, and whether they shall go along.
    """

    is_large: bool
    place: tuple[str, str]
    write: Callable[[Dataset, Sequence[str], ExampleSplits, bool], Iterator[tuple[str, Content]]]


def _pictures(
    dataset: Dataset, classes: Sequence[str], examples: ExampleSplits, go_along: bool
) -> Iterator[tuple[str, Content]]:
    """`class` is the number of the label, which a spreadsheet must not take for a formula."""
    numbers = {label: number for number, label in enumerate(classes)}
    place = _Places(dataset, go_along)
    rows = [
        (place.picture(example), escape_formula(example.label), numbers[example.label], split)
        for example, split in examples
    ]
    yield "split.csv", _table("path label class split", rows)
    yield from place.files.items()


def _masks(
    dataset: Dataset, classes: Sequence[str], examples: ExampleSplits, go_along: bool
) -> Iterator[tuple[str, Content]]:
    place = _Places(dataset, go_along)
    rows = [(place.picture(example), place.mask(example), split) for example, split in examples]
    yield "split.csv", _table("path mask split", rows)
    yield from place.files.items()


def _boxes(
    dataset: Dataset, classes: Sequence[str], examples: ExampleSplits, go_along: bool
) -> Iterator[tuple[str, Content]]:
    """JSON with a line for each picture; the largest of its boxes come first."""
    numbers = {label: number for number, label in enumerate(classes)}
    place = _Places(dataset, go_along)
    rows = []
    for example, split in examples:
        boxes = sorted(example.boxes or (), key=lambda box: (box.left - box.right) * (box.bottom - box.top))
        edges = [(numbers[b.label], b.left, b.top, b.right, b.bottom) for b in boxes]
        size = (example.width, example.height)
        rows.append({"path": place.picture(example), "split": split, "size": size, "boxes": edges})
    yield "boxes.json", _lines(rows)
    yield from place.files.items()


class _Places:
    """The places of pictures and masks: files that go along, or those of the data set.

    Attributes:
        files: those that go along.
    """

    def __init__(self, dataset: Dataset, go_along: bool) -> None:
        self.dataset, self.go_along = dataset, go_along
        self.files: dict[str, Content] = {}

    def picture(self, example: Example) -> str:
        """Not the name that people gave it, which might be none elsewhere."""
        form = example.look.form.lower() if example.look else ""
        ending = f".{form}" if form.isalnum() else ""
        return self._place(f"pictures/{example.sha256[:20]}{ending}", example.sha256)

    def mask(self, example: Example) -> str:
        return self._place(f"masks/{example.mask[:20]}.png", example.mask)

    def _place(self, name: str, sha256: str) -> str:
        file = self.dataset.file(sha256)
        if not self.go_along:
            return str(file.absolute())
        self.files[name] = file
        return name


def _table(head: str, rows: Sequence[tuple[object, ...]]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([head.split(), *rows])
    return written.getvalue().encode()


def _texts(
    dataset: Dataset, classes: Sequence[str], examples: ExampleSplits, go_along: bool
) -> Iterator[tuple[str, Content]]:
    texts = read_texts(dataset.folder)
    numbers = {label: number for number, label in enumerate(classes)}
    try:
        rows = [
            {
                "text": text,
                "label": example.label,
                "class": numbers[example.label],
                "split": split,
            }
            for (example, split), text in zip(
                examples, texts_of([one for one, _ in examples], texts), strict=True
            )
        ]
    except KeyError as error:
        raise DataError("A text of the data set is missing.", received=dataset.id) from error
    yield "texts.json", _lines(rows)


def _lines(rows: Sequence[object]) -> bytes:
    """JSON with a line for each row. No spreadsheet takes one for a formula, and none changes on the way."""
    return b"[\n" + b",\n".join(map(msgspec.json.encode, rows)) + b"\n]\n"


FILES: dict[Task, ExampleFiles] = {
    "images": ExampleFiles(True, (HERE, ELSEWHERE), _pictures),
    "segmentation": ExampleFiles(True, (HERE_WITH_MASKS, ELSEWHERE), _masks),
    "detection": ExampleFiles(True, (HERE, ELSEWHERE), _boxes),
    "texts": ExampleFiles(False, ("", ""), _texts),
}
