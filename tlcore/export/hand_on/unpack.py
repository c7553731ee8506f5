"""Unpacking a stranger's file that holds a run: all of its table is checked before a byte is written.

Only names that `bundle.py` knows are ever written, so none leads anywhere else. What they hold is looked at
afterwards, by `contents.py`.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

from tlcore.data.files.archives import BROKEN, check_directory, zip_problem
from tlcore.errors import ArchiveError, RunError, printable
from tlcore.export.hand_on import bundle
from tlcore.export.hand_on.bundle import BUNDLE, BUNDLE_FORMAT, Bundle, BundleEntry
from tlcore.records import MalformedJson
from tlcore.workspace import Workspace, bytes_in_words

MOST_TOTAL = 10_000_000_000  # bytes unpacked
MOST_TIMES, SMALL = 40, 100_000_000  # unpacked to packed, and bytes that are harmless whatever the ratio
PIECE = 1 << 20
NO_BUNDLE = "This is no file that holds a run."
ASK = "Ask for the file that the Export page makes under “Hand on”."
AGAIN = "Ask for the file once more: it may have been changed on its way."
CUT = "This file was cut short."
STOPPED = "The opening was stopped."
_START, _NAME_AT = b"PK\x03\x04", 30  # of the first entry of a ZIP
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class OpeningStopped(RunError):
    """Somebody asked to stop."""

    def __init__(self) -> None:
        super().__init__(STOPPED)


def unpack(
    file: Path,
    folder: Path,
    on_progress: Callable[[int, int], None] = lambda *_: None,
    stopping: Callable[[], bool] = lambda: False,
) -> Bundle:
    """Write what `file` holds below the existing `folder`, each entry with the hash that its table claims.

    Args:
        on_progress: called with the bytes written and their total.

    Raises:
        ArchiveError: it is none of ours, hostile, or damaged.
        WorkspaceError: the disk has no room for it.
        OpeningStopped: `stopping` said so.
    """
    _check_whole(file)
    try:
        with zipfile.ZipFile(file) as archive:
            about = _read_table(archive, file)
            total = sum(entry.bytes for entry in about.entries.values())
            Workspace().check_room(total, folder)
            done = 0
            for name, entry in about.entries.items():
                for count in _write(archive, name, entry, folder / name):
                    done += count
                    on_progress(done, total)
                    if stopping():
                        raise OpeningStopped
            return about
    except (*BROKEN, NotImplementedError, RuntimeError) as error:
        # RuntimeError: it asks for a password. OSError of the disk is told apart by its number.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise ArchiveError("This file is damaged.", received=printable(error), remedy=AGAIN) from error


def _check_whole(file: Path) -> None:
    """Look at both ends. The model within is a ZIP, too: where the end is missing, its own is found."""
    with file.open("rb") as opened:
        start = opened.read(_NAME_AT + len(bundle.TABLE))
    if not (start.startswith(_START) and start.endswith(bundle.TABLE.encode())):
        raise ArchiveError(NO_BUNDLE, received=file.name, remedy=ASK)
    try:
        check_directory(file)
    except ArchiveError as error:
        raise ArchiveError(CUT, received=file.name, remedy=AGAIN) from error


def _read_table(archive: zipfile.ZipFile, file: Path) -> Bundle:
    """The table of the file, held against what the ZIP says of itself."""
    infos = archive.infolist()
    _check_names([info.filename for info in infos])
    for info in infos:
        if problem := zip_problem(info):
            _refuse(problem, info.filename)
        if info.compress_type not in METHODS:
            _refuse("It is compressed in a way that Graft does not use.", info.filename)
    _check_total(sum(info.file_size for info in infos), file)
    about = _decode(_read(archive, bundle.TABLE, bundle.MOST_TABLE))
    sizes = {info.filename: info.file_size for info in infos if info.filename != bundle.TABLE}
    if sizes != {name: entry.bytes for name, entry in about.entries.items()}:
        _refuse("Its table names other files than it holds, or other sizes.")
    for name, size in sizes.items():
        most = bundle.most_bytes(name) or 0
        if size > most:
            _refuse(f"It has {bytes_in_words(size)}, and may have {bytes_in_words(most)}.", name)
    return about


def _check_names(names: list[str]) -> None:
    if bundle.TABLE not in names:
        raise ArchiveError(CUT, remedy=AGAIN)
    if len({name.casefold() for name in names}) < len(names):
        _refuse("Two entries have one name.")
    for name in names:
        if name != bundle.TABLE and bundle.most_bytes(name) is None:
            _refuse("A run has no such file.", name)
    if missing := [name for name in bundle.NEEDED if name not in names]:
        _refuse(f"{', '.join(missing)} is missing in it.")


def _check_total(unpacked: int, file: Path) -> None:
    if unpacked > min(MOST_TOTAL, max(SMALL, MOST_TIMES * file.stat().st_size)):
        _refuse(f"It claims to unpack to {bytes_in_words(unpacked)}, far more than a run has.")


def _decode(content: bytes) -> Bundle:
    try:
        version = BUNDLE_FORMAT.decode(content).format
        if version > bundle.FORMAT:
            raise ArchiveError(
                "This file was made by a newer version of Graft.",
                received=f"format {version}",
                remedy="Update Graft, then open it again.",
            )
        return BUNDLE.decode(content)
    except MalformedJson as error:
        raise ArchiveError(NO_BUNDLE, received=f"{bundle.TABLE}: {error}", remedy=ASK) from error


def _read(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    with archive.open(name) as entry:
        content = entry.read(most + 1)
    if len(content) > most:
        _refuse("It is too large.", name)
    return content


def _write(archive: zipfile.ZipFile, name: str, entry: BundleEntry, target: Path) -> Iterator[int]:
    """Write one entry; the bytes of each piece. Declared sizes may lie: never more than these are written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, done = hashlib.sha256(), 0
    with archive.open(name) as packed, target.open("xb") as out:
        while piece := packed.read(min(PIECE, entry.bytes + 1 - done)):
            done += len(piece)
            if done > entry.bytes:
                break
            digest.update(piece)
            out.write(piece)
            yield len(piece)
    if done != entry.bytes or digest.hexdigest() != entry.sha256:
        raise ArchiveError("An entry is not the one that was packed.", received=name, remedy=AGAIN)


def _refuse(why: str, name: str = "") -> NoReturn:
    raise ArchiveError(f"This file is not opened. {why}", received=name or None, remedy=ASK)
