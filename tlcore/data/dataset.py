"""A data set on disk: its versions, and the examples themselves, kept by content.

A data set is a folder `datasets/<id>/` with `files/<ab>/<sha256>` (the original bytes),
`thumbs/<ab>/<sha256>.jpg` (or `texts.json`) and one manifest per version: `manifest.json` as it was imported,
then `versions/2.json` and so on. A manifest is never changed. It appears at once and whole, so a data set is
complete or not there, and a change is made or not.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from tlcore import system
from tlcore.config import RunConfig
from tlcore.data.manifest import FORMAT, Manifest
from tlcore.errors import DataError


class Dataset:
    """An imported data set on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def is_ready(self) -> bool:
        return self.manifest(1).is_file()

    @property
    def latest(self) -> int:
        """Number of its newest version."""
        found = [int(path.stem) for path in self.folder.glob("versions/*.json") if path.stem.isdecimal()]
        return max(found, default=1)

    def manifest(self, version: int) -> Path:
        """Where the manifest of that version lies."""
        if version == 1:
            return self.folder / "manifest.json"
        return self.folder / "versions" / f"{version}.json"

    def read(self, version: int | None = None) -> Manifest:
        """The manifest of that version; None: of the newest.

        Raises:
            DataError: missing (the import has not finished) or not a manifest that this version reads.
        """
        path = self.manifest(self.latest if version is None else version)
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
        """Keep a manifest as the version whose number it has.

        Raises:
            FileExistsError: there is such a version already, made by somebody else in the meantime.
        """
        path, content = self.manifest(manifest.version), msgspec.json.encode(manifest)
        if manifest.version == 1:  # the import has the folder to itself
            system.write_atomic(path, content)
            return
        with system.locked(path.with_name(".lock")):
            if path.exists():
                raise FileExistsError(path)
            system.sweep_parts(path.parent)  # of writers that were killed: nobody else writes now
            system.write_atomic(path, content)

    def file(self, sha256: str) -> Path:
        """Where the original bytes of a picture are kept."""
        _check_plain(sha256)
        return self.folder / "files" / sha256[:2] / sha256

    def store(self, sha256: str, content: bytes) -> None:
        """Keep the original bytes of a picture. The file appears whole; one that is there stays."""
        file = self.file(sha256)
        if file.is_file() and file.stat().st_size == len(content):
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f".{sha256}.{os.getpid()}.part")
        part.write_bytes(content)
        system.replace(part, file)

    def thumbnail(self, sha256: str) -> Path:
        """Where its 128-pixel JPEG is kept."""
        _check_plain(sha256)
        return self.folder / "thumbs" / sha256[:2] / f"{sha256}.jpg"


def of_run(config: RunConfig) -> tuple[Dataset, Manifest]:
    """The data set of a run and the version that it trains on.

    Raises:
        DataError: as `Dataset.read`.
    """
    dataset = Dataset(Path(config.data))
    return dataset, dataset.read(config.data_version)


def _check_plain(sha256: str) -> None:
    """Refuse what a stranger's manifest or report could say to read files elsewhere."""
    if not sha256.isalnum():
        raise DataError("That is no picture of a data set.", received=sha256)


def datasets(folder: Path) -> list[Dataset]:
    """All data sets below the workspace's `datasets` folder, newest first, unfinished ones among them."""
    found = [item for item in folder.iterdir() if item.is_dir() and not item.name.startswith(".")]
    return [Dataset(item) for item in sorted(found, key=system.age)]
