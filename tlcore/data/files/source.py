"""One file of a source, and a source as a whole: what folders, ZIP and TAR archives have in common.

No path from an archive is ever opened or written: an entry is a clean name, a size and a function that gives
its bytes. Counts, sizes and bytes really read are bounded, since the sizes that an archive declares may lie.
What is wrong with one entry skips that entry; what is wrong with the whole is an ArchiveError.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tlcore.data.images import decode
from tlcore.data.manifest import Skipped
from tlcore.data.names import UnsafePath, clean_path, clean_text, is_junk
from tlcore.errors import ArchiveError, DataError, PictureError

MAX_FILES = 200_000
MAX_TOTAL = 50_000_000_000  # bytes unpacked
LINK = "It is a link, and links are not followed."
SPECIAL = "It is not a regular file."


@dataclass(frozen=True, slots=True)  # there may be hundreds of thousands
class FileEntry:
    """One file of a source. `read` returns all its bytes, at most `decode.MAX_BYTES`.

    `read` raises PictureError when only this entry is unreadable, ArchiveError when the whole archive is.
    """

    name: str
    size: int  # bytes, as declared
    read: Callable[[], bytes]


@dataclass
class FileSource:
    """All that a folder or archive holds; a context manager that closes the archive.

    `entries` come in the order in which they are read fastest.
    """

    name: str
    kind: str  # "folder", "zip" or "tar"
    entries: list[FileEntry] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    ignored: int = 0  # system files that nobody means to send
    close: Callable[[], None] = lambda: None
    _names: set[str] = field(default_factory=set)
    _total: int = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def total_bytes(self) -> int:
        """Bytes of all entries, as declared."""
        return self._total

    def add(
        self, raw: str, size: int, read: Callable[[], bytes], problem: str = "", of_windows: bool = True
    ) -> None:
        """Take in one file found under the name `raw`: as an entry, as skipped with a reason, or ignored.

        `of_windows`: as for `clean_path`.

        Raises:
            DataError: more files or bytes than the limits.
        """
        try:
            name = clean_path(raw, of_windows)
        except UnsafePath as error:
            self.skip(raw, str(error))
            return
        if is_junk(name):
            self.ignored += 1
            return
        if name in self._names:
            problem = problem or "An earlier file has the same name."
        self._names.add(name)
        if size > decode.MAX_BYTES:
            problem = (
                problem or f"The file has {size / 1e6:,.0f} MB; the limit is {decode.MAX_BYTES / 1e6:.0f} MB."
            )
        if problem:
            self.skip(name, problem)
            return
        self.entries.append(FileEntry(name, size, read))
        self._total += size
        self._check_limits()

    def take_out(self, entry: FileEntry) -> None:
        """Count this one no more: it says something of the others and is none of them."""
        self.entries.remove(entry)
        self._total -= entry.size

    def keep_only(self, is_wanted: Callable[[FileEntry], bool]) -> None:
        """Take out all others."""
        self.entries = [entry for entry in self.entries if is_wanted(entry)]
        self._total = sum(entry.size for entry in self.entries)

    def skip(self, raw: str, reason: str) -> None:
        name = clean_text(raw)
        self.skipped.append(Skipped(name if len(name) <= 200 else name[:199] + "…", reason))
        self._check_limits()

    def _check_limits(self) -> None:
        error = DataError if self.kind == "folder" else ArchiveError
        if len(self.entries) + len(self.skipped) + self.ignored > MAX_FILES:
            raise error(f"There are more than {MAX_FILES:,} files in it.", received=self.name)
        if self.kind != "folder" and self._total > MAX_TOTAL:
            raise error(f"Unpacked it is larger than {MAX_TOTAL / 1e9:.0f} GB.", received=self.name)


def read_bounded(stream_read: Callable[[int], bytes], size: int) -> bytes:
    """All bytes of one entry, refusing more than `size` declared; a short answer means a file cut short."""
    content = bytearray()
    while len(content) <= size:
        block = stream_read(min(1 << 20, size + 1 - len(content)))
        if not block:
            break
        content += block
    if len(content) != size:
        raise PictureError("Its size is not the declared one.")
    return bytes(content)
