"""ZIP and TAR archives from strangers, listed and read within bounds, never extracted."""

from __future__ import annotations

import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from tlcore.data.files.source import LINK, MAX_FILES, MAX_TOTAL, SPECIAL, FileSource, read_bounded
from tlcore.errors import ArchiveError, PictureError

MAX_RATIO = 200  # unpacked to packed, of the whole archive: pictures hardly shrink, bombs by the thousand
SMALL = 100_000_000  # bytes unpacked that are harmless whatever the ratio
MAX_DIRECTORY = 300 * MAX_FILES  # bytes of a ZIP's table of contents, which is read as a whole
_UNIX_OR_MAC = (3, 19)  # where a ZIP was made, as it says: on Unix, on a Mac
_NO_TAR = "This TAR is broken or was cut short."
_REPACK = "Pack it again as an ordinary ZIP."
BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, struct.error)


def open_archive(path: Path) -> FileSource:
    """The archive at `path`, recognised by its content.

    Raises:
        ArchiveError: not an archive that is read, broken, protected by a password, or beyond the limits.
    """
    with path.open("rb") as file:
        start = file.read(512)
    if start.startswith(b"\x1f\x8b"):
        return _tar(path, packed=True)
    if start[257:262] == b"ustar":
        return _tar(path, packed=False)
    if start.startswith(b"PK") or zipfile.is_zipfile(path):
        return _zip(path)
    if not start:
        raise ArchiveError("The file is empty.", received=path.name)
    raise ArchiveError(
        "This is neither a folder nor a ZIP or TAR archive.",
        received=path.name,
        remedy="Give a folder with one folder of pictures per class, or the same as .zip, .tar or .tar.gz.",
    )


def _zip(path: Path) -> FileSource:
    check_directory(path)
    try:
        archive = zipfile.ZipFile(path)
    except UnicodeDecodeError as error:
        raise ArchiveError(
            "A file name in this ZIP is not valid text.", received=path.name, remedy=_REPACK
        ) from error
    except (*BROKEN, NotImplementedError) as error:
        raise ArchiveError(
            "This ZIP is broken or was cut short.", received=path.name, remedy=_REPACK
        ) from error
    source = FileSource(path.name, "zip", close=archive.close)
    try:
        members = [info for info in archive.infolist() if not info.filename.endswith("/")]
        _check_ratio(sum(info.file_size for info in members), path)
        if members and all(info.flag_bits & 1 for info in members):
            raise ArchiveError("This ZIP is protected by a password.", received=path.name, remedy=_REPACK)
        for info in members:
            name, read = _zip_name(info), partial(_read_zip, archive, info)
            of_windows = info.create_system not in _UNIX_OR_MAC or "/" not in name
            source.add(name, info.file_size, read, zip_problem(info), of_windows)
    except ArchiveError:
        archive.close()
        raise
    return source


def check_directory(path: Path) -> None:
    """Bound a ZIP's table of contents before `zipfile` reads it into memory as a whole.

    Raises:
        ArchiveError: it is too long, or there is none.
    """
    with path.open("rb") as file:
        length = file.seek(0, io.SEEK_END)
        file.seek(max(0, length - 65_600))  # the end record: 22 bytes and a comment of at most 65,535
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise ArchiveError("This ZIP is broken or was cut short.", received=path.name, remedy=_REPACK)
    (size,) = struct.unpack_from("<I", tail, at + 12)
    large = tail.rfind(b"PK\x06\x06", 0, at)
    if size == 0xFFFFFFFF and large >= 0 and len(tail) >= large + 48:
        (size,) = struct.unpack_from("<Q", tail, large + 40)
    if size > MAX_DIRECTORY:
        raise ArchiveError(f"There are more than {MAX_FILES:,} files in it.", received=path.name)


def _check_ratio(unpacked: int, path: Path) -> None:
    if unpacked > MAX_TOTAL or unpacked > max(SMALL, MAX_RATIO * path.stat().st_size):
        raise ArchiveError(
            f"This archive claims to unpack to {unpacked / 1e9:,.1f} GB, far more than a set of pictures.",
            received=path.name,
        )


def _zip_name(info: zipfile.ZipInfo) -> str:
    """The name as its author meant it: many programs write UTF-8 without saying so."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def zip_problem(info: zipfile.ZipInfo) -> str:
    """Why an entry of a ZIP is not read; "": it is."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return LINK
    if kind not in (0, stat.S_IFREG):
        return SPECIAL
    return "It is protected by a password." if info.flag_bits & 1 else ""


def _read_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(info) as file:
            return read_bounded(file.read, info.file_size)
    except NotImplementedError as error:
        raise PictureError("It is compressed in a way that Graft cannot read.") from error
    except (*BROKEN, RuntimeError) as error:
        raise PictureError("It is damaged inside the archive.") from error


class _BoundedStream(io.RawIOBase):
    """A seekable stream that refuses to hand out more than a limit in one pass: declared sizes may lie."""

    def __init__(self, stream: BinaryIO, most: int, name: str) -> None:
        self.stream, self.most, self.label, self.at = stream, most, name, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > SMALL:  # a header that claims a gigabyte of attributes
            raise ArchiveError(_NO_TAR, received=self.label)
        content = self.stream.read(size)
        self._advance(self.at + len(content))
        return content

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._advance(offset)
        return self.stream.seek(offset, whence)

    def tell(self) -> int:
        return self.at

    def _advance(self, to: int) -> None:
        self.at = to
        if to > self.most:
            raise ArchiveError(
                f"This archive unpacks to over {self.most / 1e9:,.1f} GB, far more than a set of pictures.",
                received=self.label,
            )

    def close(self) -> None:
        self.stream.close()
        super().close()


def _tar(path: Path, packed: bool) -> FileSource:
    most = min(MAX_TOTAL, max(SMALL, MAX_RATIO * path.stat().st_size)) if packed else MAX_TOTAL
    raw = cast(BinaryIO, gzip.open(path)) if packed else path.open("rb")  # noqa: SIM115 (Source.close does)
    stream = _BoundedStream(raw, most, path.name)
    source = FileSource(path.name, "tar", close=stream.close)
    try:
        _list_tar(stream, source)
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError) as error:
        stream.close()
        raise ArchiveError(_NO_TAR, received=path.name, remedy="Pack it again as .tar.gz or .zip.") from error
    except ArchiveError:
        stream.close()
        raise
    return source


def _list_tar(stream: _BoundedStream, source: FileSource) -> None:
    archive = tarfile.TarFile(fileobj=cast(BinaryIO, stream), errorlevel=2)
    while (member := archive.next()) is not None:
        archive.members = []  # type: ignore[attr-defined]  # or every header stays in memory
        if member.size < 0:
            raise tarfile.ReadError("negative size")
        if member.isdir():
            continue
        raw = member.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        problem = LINK if member.issym() or member.islnk() else ""
        if not problem and (not member.isfile() or member.issparse()):
            problem = SPECIAL
        start, size = member.offset_data, member.size
        source.add(raw, size, partial(_read_tar, stream, start, size), problem, "/" not in raw)
    stream.seek(archive.offset)
    if stream.read(512).strip(b"\0"):  # tarfile stops silently at a header that it cannot read
        raise tarfile.ReadError("unreadable header")


def _read_tar(stream: _BoundedStream, start: int, size: int) -> bytes:
    try:
        stream.seek(start)
        content = stream.read(size)
        if len(content) != size:
            raise EOFError
        return content
    except (zlib.error, EOFError, OSError) as error:
        raise ArchiveError(_NO_TAR, received=stream.label) from error
