"""The examples of a run as files beside its code: a table that names the pictures, or the texts."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from tlcore.config.task import Task
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example, SplitName
from tlcore.data.tables.cells import escape_formula
from tlcore.data.text_store import read_texts
from tlcore.errors import DataError
from tlcore.file_set import Content

ExampleSplits = list[tuple[Example, SplitName]]
HERE = "The pictures are in `pictures/`."
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
    place = _name if go_along else lambda example: str(dataset.file(example.sha256).absolute())
    paths = [place(example) for example, _ in examples]
    yield "split.csv", _table(classes, examples, paths).encode()
    if go_along:
        stored = {path: example.sha256 for path, (example, _) in zip(paths, examples, strict=True)}
        yield from ((path, dataset.file(sha256)) for path, sha256 in stored.items())


def _name(example: Example) -> str:
    """The path of a picture that goes along: what people call theirs might be no name elsewhere."""
    form = example.look.form.lower() if example.look else ""
    return f"pictures/{example.sha256[:20]}" + (f".{form}" if form.isalnum() else "")


def _table(classes: Sequence[str], examples: ExampleSplits, paths: list[str]) -> str:
    """`class` is the number of the label, which a spreadsheet must not take for a formula."""
    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow(["path", "label", "class", "split"])
    numbers = {label: number for number, label in enumerate(classes)}
    for path, (example, split) in zip(paths, examples, strict=True):
        table.writerow([path, escape_formula(example.label), numbers[example.label], split])
    return written.getvalue()


def _texts(
    dataset: Dataset, classes: Sequence[str], examples: ExampleSplits, go_along: bool
) -> Iterator[tuple[str, Content]]:
    """JSON with a line for each: no spreadsheet takes one for a formula, and none changes on the way."""
    texts = read_texts(dataset.folder)
    numbers = {label: number for number, label in enumerate(classes)}
    try:
        rows = [
            {
                "text": texts[example.sha256],
                "label": example.label,
                "class": numbers[example.label],
                "split": split,
            }
            for example, split in examples
        ]
    except KeyError as error:
        raise DataError("A text of the data set is missing.", received=dataset.id) from error
    yield "texts.json", b"[\n" + b",\n".join(map(msgspec.json.encode, rows)) + b"\n]\n"


FILES: dict[Task, ExampleFiles] = {
    "images": ExampleFiles(True, (HERE, ELSEWHERE), _pictures),
    "texts": ExampleFiles(False, ("", ""), _texts),
}
