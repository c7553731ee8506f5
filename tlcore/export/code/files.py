"""The files of a run's code: script, notebook, its examples and their split."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

from tlcore.config.task import INPUTS, InputKind
from tlcore.errors import DataError, RunError
from tlcore.export.code import documents
from tlcore.export.code.common.values import CodeValues, of_run
from tlcore.export.code.example_files import FILES, ExampleSplits
from tlcore.export.code.steps import steps_of
from tlcore.file_set import Content
from tlcore.runs.run import Run
from tlcore.runs.split_assignment import assign_splits

MOST_BYTES = 1_000_000_000  # of pictures that go along
PACKAGES: dict[InputKind, tuple[str, ...]] = {
    "images": ("tensorflow", "keras", "pillow"),
    "texts": ("tensorflow", "keras", "keras-hub"),
}
README = """\
# The code of a run of Graft

    python -m pip install -r requirements.txt
    python train.py

`train.ipynb` is the same for Jupyter. {listed} {place}
"""


def split_of(run: Run) -> ExampleSplits:
    """The examples that the run uses, with their parts of the split.

    Raises:
        DataError: they are gone, or never were here.
    """
    if not run.dataset().is_ready:
        raise DataError(f"The {run.words.many} of this run are not here.")
    manifest = run.manifest()
    pairs = zip(manifest.examples, assign_splits(run.config(), manifest), strict=True)
    return [(example, split) for example, split in pairs if split != "unused"]


def bytes_of_pictures(run: Run) -> int:
    """The size of all pictures that would go along; 0 where they are texts, which always do."""
    stored = {example.sha256: example.bytes for example, _ in split_of(run)}
    return sum(stored.values()) if FILES[run.task].is_large else 0


def files(run: Run, with_pictures: bool) -> Iterator[tuple[str, Content]]:
    """Names and contents, without the networks.

    Raises:
        RunError: there is no code of this run, or its pictures are too many to go along.
        DataError: its data are gone.
    """
    values, examples = of_run(run), split_of(run)
    if with_pictures and bytes_of_pictures(run) > MOST_BYTES:
        raise RunError(
            f"These pictures have more than {MOST_BYTES // 1_000_000:,} MB, which is the most that go along.",
            remedy="Take the code without them, on the computer that has them.",
        )
    own = FILES[run.task]
    yield "train.py", documents.script(values).encode()
    yield "train.ipynb", documents.notebook(values)
    yield "requirements.txt", _requirements(values).encode()
    here, elsewhere = own.place
    place = here if with_pictures else elsewhere
    yield "README.md", README.format(listed=steps_of(values)["data"].about(values), place=place).encode()
    yield from own.write(run.dataset(), values.classes, examples, with_pictures)


def _requirements(values: CodeValues) -> str:
    packages = [*PACKAGES[INPUTS[values.task]], *(["pillow-heif"] if values.has_heic else [])]
    return "".join(f"{name}=={version(name)}\n" for name in packages)
