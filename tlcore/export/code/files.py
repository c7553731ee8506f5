"""The files of a run's code: script, notebook, the split as a table, and, where asked for, the pictures."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from importlib.metadata import version

from tlcore.data.manifest import Example, SplitName
from tlcore.data.tables.cells import escape_formula
from tlcore.errors import DataError, RunError
from tlcore.export.code import documents
from tlcore.export.code.values import CodeValues, of_run
from tlcore.file_set import Content
from tlcore.runs.run import Run
from tlcore.runs.split_assignment import assign_splits

MOST_BYTES = 1_000_000_000  # of pictures that go along
README = """\
# The code of a run of Graft

    python -m pip install -r requirements.txt
    python train.py

`train.ipynb` is the same for Jupyter. `split.csv` lists the pictures: where each one is, its class and its
part of the split. {pictures}
"""
HERE = "The pictures are in `pictures/`."
ELSEWHERE = "The pictures are not in here: the paths are those of the computer on which the run was made."


def split_of(run: Run) -> list[tuple[Example, SplitName]]:
    """The examples that the run uses, with their parts of the split.

    Raises:
        DataError: they are gone, or never were here.
    """
    if not run.dataset().is_ready:
        raise DataError("The pictures of this run are not here.")
    manifest = run.manifest()
    pairs = zip(manifest.examples, assign_splits(run.config(), manifest), strict=True)
    return [(example, split) for example, split in pairs if split != "unused"]


def bytes_of_pictures(run: Run) -> int:
    """The size of all pictures that would go along."""
    return sum(size for size in {example.sha256: example.bytes for example, _ in split_of(run)}.values())


def files(run: Run, with_pictures: bool) -> Iterator[tuple[str, Content]]:
    """Names and contents, without the backbone.

    Raises:
        RunError: there is no code of this run, or its pictures are too many to go along.
        DataError: its data are gone.
    """
    values, examples, dataset = of_run(run), split_of(run), run.dataset()
    if with_pictures and bytes_of_pictures(run) > MOST_BYTES:
        raise RunError(
            f"These pictures have more than {MOST_BYTES // 1_000_000:,} MB, which is the most that go along.",
            remedy="Take the code without them, on the computer that has them.",
        )
    yield "train.py", documents.script(values).encode()
    yield "train.ipynb", documents.notebook(values)
    yield "requirements.txt", _requirements(values).encode()
    yield "README.md", README.format(pictures=HERE if with_pictures else ELSEWHERE).encode()
    paths = [
        _name(example) if with_pictures else str(dataset.file(example.sha256).absolute())
        for example, _ in examples
    ]
    yield "split.csv", _table(values, examples, paths).encode()
    if with_pictures:
        stored = {path: example.sha256 for path, (example, _) in zip(paths, examples, strict=True)}
        yield from ((path, dataset.file(sha256)) for path, sha256 in stored.items())


def _name(example: Example) -> str:
    """The path of a picture that goes along: what people call theirs might be no name elsewhere."""
    form = example.look.form.lower() if example.look else ""
    return f"pictures/{example.sha256[:20]}" + (f".{form}" if form.isalnum() else "")


def _table(values: CodeValues, examples: list[tuple[Example, SplitName]], paths: list[str]) -> str:
    """`class` is the number of the label, which a spreadsheet must not take for a formula."""
    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow(["path", "label", "class", "split"])
    numbers = {label: number for number, label in enumerate(values.classes)}
    for path, (example, split) in zip(paths, examples, strict=True):
        table.writerow([path, escape_formula(example.label), numbers[example.label], split])
    return written.getvalue()


def _requirements(values: CodeValues) -> str:
    packages = ["tensorflow", "keras", "pillow", *(["pillow-heif"] if values.has_heic else [])]
    return "".join(f"{name}=={version(name)}\n" for name in packages)
