"""A data set on disk: its versions, and its examples, stored by content.

A data set is a folder `datasets/<id>/` with `files/<ab>/<sha256>` (the original bytes),
`thumbs/<ab>/<sha256>.jpg` (or the texts in one file) and one file per version: `manifest.json` as it was
imported, then `versions/2.json` and so on. Most of these say only what differs from the version before
(`version_files.py`); every 50th is whole. Such a file is never changed. It appears at once and whole, so a
data set is complete or not there, and so is a change.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tlcore import system
from tlcore.config import RunConfig
from tlcore.data.examples import table_file
from tlcore.data.examples.summary import shown_classes
from tlcore.data.manifest import FORMAT, Example, Manifest
from tlcore.data.recent_versions import RECENT
from tlcore.data.version_files import VERSION_FILE, VersionFile, content_of, replay, settled
from tlcore.errors import DataError
from tlcore.records import JsonType, MalformedJson
from tlcore.workspace import check_free
from tlcore.workspace.refusals import list_folder

# In the folder of one that came with a run from somebody else: the list of its examples is all there is.
LIST_ONLY = "list-only"


class _ExampleList(msgspec.Struct, frozen=True):
    """The examples in a version's file; all else in it is ignored."""

    examples: Sequence[Example] = ()
    aside: Sequence[Example] = ()
    in_table: int | None = None


_EXAMPLE_LIST = JsonType(_ExampleList)


class Dataset:
    """An imported data set on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def is_ready(self) -> bool:
        """All of it is there, and can be trained on."""
        return self.manifest(1).is_file() and not (self.folder / LIST_ONLY).exists()

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
        with RECENT.reading(path):
            return RECENT.get(path) or self._decode(path)

    def _decode(self, path: Path) -> Manifest:
        number = 1 if path.parent == self.folder else int(path.stem)
        files, known = [self._file(number)], None
        while (since := files[-1].since) and not (known := RECENT.get(self.manifest(since))):
            files.append(self._file(since))
        first = self.manifest(number - len(files) + 1)
        try:
            manifest = replay(files[::-1], known, first)
        except (OSError, ValueError) as error:
            raise DataError(f"The manifest cannot be read: {error}.", received=first) from error
        if not shown_classes(manifest.examples) <= set(manifest.classes):
            raise DataError("The manifest cannot be read: it lacks classes of its examples.", received=path)
        RECENT.keep(path, manifest)
        return manifest

    def _file(self, version: int) -> VersionFile:
        path = self.manifest(version)
        try:
            file = VERSION_FILE.read(path)
        except FileNotFoundError as error:
            raise self.deleted() from error
        except (OSError, MalformedJson) as error:
            raise DataError(f"The manifest cannot be read: {error}.", received=path) from error
        if file.format != FORMAT:
            raise DataError("This data set was made by another version of Graft.", received=file.format)
        if file.since not in (0, version - 1):
            raise DataError("The manifest cannot be read: it rests on another.", received=path)
        return file

    def contents(self) -> dict[str, Example]:
        """An example for each content in any version, by SHA-256.

        Raises:
            DataError: a version cannot be read.
        """
        found: dict[str, Example] = {}
        for version in range(1, self.latest + 1):
            path = self.manifest(version)
            try:
                file = _EXAMPLE_LIST.read(path)
                if file.in_table is not None:
                    sides = table_file.read(path.with_suffix(table_file.ENDING), file.in_table)
                    file = _ExampleList(*sides)
            except (OSError, MalformedJson, ValueError) as error:
                raise DataError(
                    f"Version {version} of this data set cannot be read.", received=self.id
                ) from error
            for example in itertools.chain(file.examples, file.aside):
                found |= {sha256: example for sha256 in (example.sha256, example.mask) if sha256}
        return found

    def write(self, manifest: Manifest, before: Manifest | None = None) -> None:
        """Keep a manifest as the version whose number it has.

        Args:
            before: the version before it, as `read` gave it; None: the file says everything.

        Raises:
            FileExistsError: there is such a version already, made by somebody else in the meantime.
            DataError: the data set was deleted in the meantime; nothing is left in its place.
            WorkspaceError: the disk is full.
        """
        path, content = self.manifest(manifest.version), content_of(manifest, before)
        settled(manifest)
        if manifest.version == 1:  # the import has the folder to itself
            content.write(path)
            return
        try:
            self._check_there()
            path.parent.mkdir(exist_ok=True)
            check_free(content.size, path.parent)
            with system.file_lock(path.with_name(".lock")):
                self._check_there()
                if path.exists():
                    raise FileExistsError(path)
                system.sweep_parts(path.parent)  # of writers that were killed: nobody else writes now
                content.write(path)
            RECENT.keep(path, manifest)
        except FileNotFoundError as error:  # moved to the trash at this very moment
            raise self.deleted() from error
        finally:
            if not self.is_ready:
                _remove_empty(path.parent, self.folder)

    def _check_there(self) -> None:
        if not self.is_ready:
            raise self.deleted()

    def deleted(self) -> DataError:
        """The error of whatever finds it gone."""
        return DataError(
            "This data set was deleted, or its import was not finished.",
            received=self.folder.name,
            remedy="Import it again.",
        )

    def file(self, sha256: str) -> Path:
        """Where the original bytes of a picture are kept."""
        _check_plain(sha256)
        return self.folder / "files" / sha256[:2] / sha256

    def readable(self, sha256: str) -> Path:
        """The picture, or its thumbnail where only that came with a run from somebody else."""
        file, thumbnail = self.file(sha256), self.thumbnail(sha256)
        return thumbnail if thumbnail.is_file() and not file.is_file() else file

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


def _remove_empty(versions: Path, folder: Path) -> None:
    """Remove the folders that waiting for a lock made in place of a deleted data set, if they are empty."""
    with contextlib.suppress(OSError):
        if [item.name for item in versions.iterdir()] == [".lock"]:
            (versions / ".lock").unlink()
        versions.rmdir()
        folder.rmdir()


def manifest_for(config: RunConfig) -> Manifest:
    """The version of the data set that a run with these settings trains on.

    Raises:
        DataError: as `Dataset.read`.
    """
    return Dataset(Path(config.data)).read(config.data_version)


def _check_plain(sha256: str) -> None:
    """Refuse names in a stranger's manifest or report that would lead to other files."""
    if not sha256.isalnum():
        raise DataError("That is no picture of a data set.", received=sha256)


def datasets(folder: Path) -> list[Dataset]:
    """All data sets below the workspace's `datasets` folder, newest first, unfinished ones among them; but
    for folders whose names are no text.
    """
    found = [item for item in list_folder(folder) if item.is_dir() and not item.name.startswith(".")]
    found = [item for item in found if system.is_text(item.name)]
    return [Dataset(item) for item in sorted(found, key=system.age)]
