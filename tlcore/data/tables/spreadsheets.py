"""Excel and OpenDocument spreadsheets as a table, read by a child process that may not take all the memory.

calamine loads a sheet as a whole, every empty cell up to the last one filled: a stray cell in the last corner
is 400 GB, and running out of memory ends the process. So it runs in a child, `python -m
tlcore.data.tables.spreadsheets FILE`, which prints a JSON list for each row and is ended when it grows too
large.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import zipfile
from itertools import islice
from pathlib import Path

import msgspec
import psutil
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from tlcore.data.files.archives import open_archive
from tlcore.data.manifest import MAX_TEXT_BYTES
from tlcore.data.tables.rows import MAX_ROWS, Rows
from tlcore.errors import ArchiveError, DataError
from tlcore.records import JsonType
from tlcore.workspace import Workspace

MAX_MEMORY = 3_000_000_000  # bytes
MAX_SECONDS = 120
SUFFIXES = {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ROOT = Path(__file__).parents[3]
_LOCKED, _UNREADABLE, _EMPTY = 13, 14, 15  # what the child ends with
_TOO_LARGE = "This spreadsheet is too large to be read."
_AGAIN = "Open it in a spreadsheet program and save the sheet as CSV."
_BROKEN = "This spreadsheet is broken, or of a kind that is not read."
_ENDINGS = {
    _LOCKED: "This spreadsheet is protected by a password.",
    1: _BROKEN,
    _UNREADABLE: _BROKEN,
    _EMPTY: "This spreadsheet is empty.",
}


class _Head(msgspec.Struct):
    """The first line that the child prints: the sheet, the number of sheets, and the sheet's first row."""

    sheet: str
    sheets: int
    first: int


_HEAD, _CELLS = JsonType(_Head), JsonType(list[str])


def is_spreadsheet(path: Path) -> bool:
    """True if the content of a file is that of a spreadsheet, whatever its name."""
    with path.open("rb") as file:
        start = file.read(8)
    if start == _OLD_EXCEL:
        return True
    if not start.startswith(b"PK"):
        return False
    try:
        with open_archive(path) as archive:
            names = {entry.name for entry in archive.entries}
    except ArchiveError:  # a broken one is told by its name, so that the message speaks of a spreadsheet
        return path.suffix.lower() in SUFFIXES
    return any(name.startswith("xl/workbook.") for name in names) or {"mimetype", "content.xml"} <= names


def read_spreadsheet(path: Path, rows: Rows) -> list[str]:
    """Read the first sheet that is not empty into `rows`; returns what was recognised, in plain words.

    Raises:
        DataError: broken, protected by a password, empty, or larger than the limits.
    """
    _check_unpacked(path, rows.name)
    with tempfile.TemporaryFile(dir=Workspace().uploads) as output:
        _run(path, output.fileno(), rows.name)
        output.seek(0)
        head = _HEAD.decode(output.readline())
        for number, line in enumerate(output, start=head.first):
            rows.add(number, _CELLS.decode(line))
    others = head.sheets - 1
    more = "" if not others else ", the other one not read" if others == 1 else f", {others} others not read"
    return [f"a spreadsheet, sheet “{head.sheet}”{more}"]


def _check_unpacked(path: Path, name: str) -> None:
    """Refuse a ZIP that claims, or turns out, to unpack to more than a table does."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with open_archive(path) as archive:
            unpacked = archive.total_bytes
    except ArchiveError as error:
        raise DataError(
            "This spreadsheet is broken, or claims to unpack to far more than a table.", received=name
        ) from error
    if unpacked > MAX_TEXT_BYTES:
        raise DataError(
            f"{_TOO_LARGE} Unpacked it has {unpacked / 1e6:,.0f} MB.", received=name, remedy=_AGAIN
        )


def _run(path: Path, output: int, name: str) -> None:
    """Run the child to its end, or to the end of what it may take."""
    command = [sys.executable, "-m", "tlcore.data.tables.spreadsheets", str(path.resolve())]
    with subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL, cwd=_ROOT) as child:
        watched = psutil.Process(child.pid)
        for _ in range(MAX_SECONDS * 20):
            try:
                child.wait(0.05)
                break
            except subprocess.TimeoutExpired:
                with contextlib.suppress(psutil.Error):  # ended, and not yet collected
                    if watched.memory_info().rss > MAX_MEMORY:
                        break
        child.kill()
    if child.returncode in _ENDINGS:
        raise DataError(_ENDINGS[child.returncode], received=name, remedy=_AGAIN)
    if child.returncode:
        raise DataError(
            f"{_TOO_LARGE} Perhaps a cell far from the others is filled.", received=name, remedy=_AGAIN
        )


def _print_rows(path: str) -> int:
    """The child's work: the head and each row to standard output; returns what to end with."""
    try:
        workbook = CalamineWorkbook.from_path(path)
        sheets = (workbook.get_sheet_by_index(at) for at in range(len(workbook.sheet_names)))
        sheet = next((sheet for sheet in sheets if sheet.start is not None), None)
    except PasswordError:
        return _LOCKED
    except (CalamineError, OSError, ValueError):
        return _UNREADABLE
    if sheet is None or sheet.start is None:
        return _EMPTY
    start = sheet.start[0]
    encoder = msgspec.json.Encoder()
    head = _Head(sheet.name, len(workbook.sheet_names), 1 + start)
    sys.stdout.buffer.write(encoder.encode(head) + b"\n")
    for row in islice(sheet.iter_rows(), start, start + MAX_ROWS + 1):
        sys.stdout.buffer.write(encoder.encode([_text(value) for value in row]) + b"\n")
    return 0


def _text(value: object) -> str:
    """A cell as people see it: whole numbers without a point, dates as 2024-05-31."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


if __name__ == "__main__":
    sys.exit(_print_rows(sys.argv[1]))
