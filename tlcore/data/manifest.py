"""The manifest: what a data set consists of, in one JSON file beside the stored pictures.

A data set is a folder `datasets/<id>/` with `manifest.json`, `files/<ab>/<sha256>` (the original bytes) and
`thumbs/<ab>/<sha256>.jpg`. The manifest is replaced atomically, so a data set is complete or not there.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Literal

import msgspec

from tlcore import system
from tlcore.errors import DataError

Split = Literal["train", "validation", "test"]
Place = Split | Literal["unused"]  # where an example stands in a run
Task = Literal["images", "texts"]
FORMAT = 1


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One labelled example: its stored bytes and where it came from.

    `split` is the one the source brought, or None; `name` is the path inside the source, as text, or the row
    of a table. Width and height are those of a picture, in pixels.
    """

    sha256: str
    name: str
    label: str
    width: int = 0
    height: int = 0
    bytes: int = 0
    split: Split | None = None


class Skipped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that was sent and not accepted, with the reason in plain words."""

    name: str
    reason: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of one data set version. `shrunk_to`: the longest side the browser shrank pictures to."""

    name: str
    task: Task = "images"
    format: int = FORMAT
    created: str = ""  # ISO 8601, UTC
    source: str = ""  # what a person would recognise: a file or folder name
    generated: bool = False  # drawn by this program, not photographed
    shrunk_to: int | None = None
    text_column: str = ""  # of the table that it came from
    classes: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    ignored: int = 0  # hidden and system files that no person means to send
    warnings: tuple[str, ...] = ()

    def counts(self) -> dict[str, int]:
        """Examples per class, in class order."""
        found = Counter(example.label for example in self.examples)
        return {label: found[label] for label in self.classes}

    def brought_splits(self) -> set[Split]:
        """The splits that the source folder came with; empty when it had none."""
        return {example.split for example in self.examples if example.split}


class Dataset:
    """An imported data set on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def is_ready(self) -> bool:
        return (self.folder / "manifest.json").is_file()

    def read(self) -> Manifest:
        """The manifest.

        Raises:
            DataError: missing (the import has not finished) or not a manifest that this version reads.
        """
        path = self.folder / "manifest.json"
        try:
            manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
        except FileNotFoundError as error:
            raise DataError(
                "This data set was deleted, or its import was not finished.",
                received=self.folder.name,
                remedy="Import it again.",
            ) from error
        except msgspec.MsgspecError as error:
            raise DataError(f"The manifest cannot be read: {error}.", received=path) from error
        if manifest.format != FORMAT:
            raise DataError("This data set was made by another version of Graft.", received=manifest.format)
        return manifest

    def write(self, manifest: Manifest) -> None:
        system.write_atomic(self.folder / "manifest.json", msgspec.json.encode(manifest))

    def file(self, sha256: str) -> Path:
        """Where the original bytes of a picture are kept."""
        _check_plain(sha256)
        return self.folder / "files" / sha256[:2] / sha256

    def thumbnail(self, sha256: str) -> Path:
        """Where its 128-pixel JPEG is kept."""
        _check_plain(sha256)
        return self.folder / "thumbs" / sha256[:2] / f"{sha256}.jpg"


def _check_plain(sha256: str) -> None:
    """Refuse what a stranger's manifest or report could say to read files elsewhere."""
    if not sha256.isalnum():
        raise DataError("That is no picture of a data set.", received=sha256)


def datasets(folder: Path) -> list[Dataset]:
    """All data sets below the workspace's `datasets` folder, newest first, unfinished ones among them."""
    found = [item for item in folder.iterdir() if item.is_dir() and not item.name.startswith(".")]
    return [Dataset(item) for item in sorted(found, key=system.age)]
