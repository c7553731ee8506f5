"""Public data sets: openly licensed pictures, fetched by name and then imported like any archive.

`public_datasets.json` lists them: where each lies, how many bytes it has, its published hash, its licence and
where all of that was read. Nothing is imported before its hash is the published one. What does not lie in
class folders is put into them in one ZIP, which is read and written within the same bounds as any archive.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from tlcore.data.files.open_source import open_source
from tlcore.data.files.source import FileEntry
from tlcore.data.importing.progress import ImportProgress, ImportStopped, Listener, Stopper
from tlcore.download import download
from tlcore.errors import DataError, PictureError
from tlcore.records import JsonType

OFFLINE = "Check the internet connection. Everything else works without it, and the samples are at hand."


class PublicFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a set: `digest` is its SHA-256.

    Of what it holds, the names that begin with `keep` are taken, and that beginning becomes `into`.
    """

    url: str
    bytes: int
    digest: str
    keep: str = ""
    into: str = ""


class PublicSet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A public data set. `folders`: class → pattern of its files' names, where no folders say it."""

    id: str
    title: str
    about: str
    classes: tuple[str, ...]
    pictures: int
    licence: str
    by: str
    page: str
    parts: tuple[PublicFile, ...]
    folders: dict[str, str] = {}
    sources: tuple[str, ...]

    @property
    def bytes(self) -> int:
        """Bytes to download."""
        return sum(part.bytes for part in self.parts)

    @property
    def is_packed_anew(self) -> bool:
        """True if the downloads are put into one ZIP."""
        return len(self.parts) > 1 or bool(self.folders or self.parts[0].keep)

    @property
    def needed_bytes(self) -> int:
        """Disk space that fetching and importing it takes at most, in bytes."""
        return self.bytes * (4 if self.is_packed_anew else 3)


PUBLIC: dict[str, PublicSet] = {
    entry.id: entry
    for entry in JsonType(list[PublicSet]).read(Path(__file__).with_name("public_datasets.json"))
}


def find_public_set(name: str) -> PublicSet:
    """The set called `name`.

    Raises:
        DataError: there is none.
    """
    if name not in PUBLIC:
        raise DataError(
            "There is no public data set of that name.",
            received=name,
            remedy=f"There are {', '.join(PUBLIC)}.",
        )
    return PUBLIC[name]


def fetch(name: str, folder: Path, on_progress: Listener, should_stop: Stopper) -> Path:
    """Download the set called `name` into `folder`; returns the archive to import.

    Args:
        on_progress: told the bytes that have arrived; `done` of `total` counts files.

    Raises:
        DataError: no such set, no network, or other bytes than the published ones.
        ImportStopped: `should_stop` returned True. Nothing is left in `folder` of what was not finished.
    """
    chosen = find_public_set(name)
    before, archives = 0, []
    for at, part in enumerate(chosen.parts):

        def told(file: str, done: int, _: int, at: int = at, before: int = before) -> None:
            on_progress(ImportProgress(at, len(chosen.parts), before + done, chosen.bytes, file))
            _check(should_stop)

        target = folder / str(at) / part.url.rsplit("/", 1)[-1]
        download(part.url, target, part.digest, told, kind=DataError, remedy=OFFLINE, size=part.bytes)
        before += part.bytes
        archives.append(target)
    return _pack(chosen, archives, folder, should_stop) if chosen.is_packed_anew else archives[0]


def _check(should_stop: Stopper) -> None:
    if should_stop():
        raise ImportStopped("The download was stopped.", remedy="Start it again when you like.")


def _pack(chosen: PublicSet, archives: list[Path], folder: Path, should_stop: Stopper) -> Path:
    """One ZIP of all archives, with their files where they belong; each archive is deleted when it is in."""
    target = folder / f"{chosen.id}.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as packed:
        for part, archive in zip(chosen.parts, archives, strict=True):
            with open_source(archive) as source:
                for name, entry in _select_files(chosen, part, source.entries):
                    _check(should_stop)
                    try:
                        packed.writestr(name, entry.read())
                    except PictureError:  # it goes in empty, so that the import lists it
                        packed.writestr(name, b"")
            archive.unlink()
            archive.parent.rmdir()
    return target


def _select_files(
    chosen: PublicSet, part: PublicFile, entries: list[FileEntry]
) -> Iterator[tuple[str, FileEntry]]:
    """The files that are taken, each with its name in the ZIP."""
    for entry in entries:
        if not entry.name.startswith(part.keep):
            continue
        name = part.into + entry.name.removeprefix(part.keep)
        if not chosen.folders:
            yield name, entry
        file = name.rsplit("/", 1)[-1]
        label = next((label for label, of in chosen.folders.items() if fnmatchcase(file, of)), "")
        if label:
            yield f"{label}/{file}", entry
