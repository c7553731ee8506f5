"""Text files as lines: the encoding is detected, and overlong lines are left out.

Bytes that are not valid in a file that is UTF-8 otherwise are taken for Windows-1252, run by run: such files
come from gluing two together. How many lines that was is counted, and said.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import charset_normalizer

from tlcore.data.tables.rows import MAX_LINE

BLOCK = 1 << 20  # bytes
_ENOUGH = 1 << 18  # bytes of lines that are not UTF-8: what an encoding is told by
_ESCAPED = re.compile("[\udc80-\udcff]+")  # bytes that were not UTF-8, as "surrogateescape" hands them on
_POUNDS = re.compile(
    rb"(?<![\x80-\xff])\xa3(?= ?\d)"
)  # a letter in Central Europe: £5 would be taken for Polish
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OLD = {  # what the world's older programs write, and how people know it
    "cp1252": "Windows-1252 (Western European)",
    "cp1250": "Windows-1250 (Central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "koi8_r": "KOI8-R (Cyrillic)",
    "cp932": "Shift-JIS (Japanese)",
    "euc_jp": "EUC-JP (Japanese)",
    "cp949": "Windows-949 (Korean)",
    "gb18030": "GB 18030 (Chinese)",
    "big5": "Big5 (Chinese)",
}


class TextLines:
    """The lines of a text file, each with its line break; None stands for one that is too long.

    After a pass `notes()` says what was recognised and mended.
    """

    def __init__(self, path: Path, encoding: str = "") -> None:
        self.path = path
        self.encoding = encoding or detect(path)
        self._nuls = self._odd = 0

    def __iter__(self) -> Iterator[str | None]:
        with self._opened() as file:
            while line := file.readline(MAX_LINE):
                if len(line) == MAX_LINE and not line.endswith(("\n", "\r")):
                    while line and not line.endswith(("\n", "\r")):
                        line = file.readline(MAX_LINE)
                    yield None
                else:
                    yield self._mended(line)

    def blocks(self, size: int) -> Iterator[str]:
        """The same text in blocks of at most `size` characters, whatever its lines."""
        with self._opened() as file:
            while block := file.read(size):
                yield self._mended(block)

    def _opened(self) -> TextIO:
        self._nuls = self._odd = 0
        is_utf8 = self.encoding == "utf-8"
        codec, errors = ("utf-8-sig", "surrogateescape") if is_utf8 else (self.encoding, "replace")
        return self.path.open(encoding=codec, errors=errors, newline="")

    def _mended(self, line: str) -> str:
        if line.isascii() and "\0" not in line:
            return line
        whole = line.replace("\0", "")
        self._nuls += len(line) - len(whole)
        mended = _as_windows(whole) if self.encoding == "utf-8" else whole
        self._odd += mended != whole or (self.encoding != "utf-8" and "\ufffd" in whole)
        return mended

    def notes(self) -> list[str]:
        found = [_OLD.get(self.encoding) or self.encoding.upper().removesuffix("-LE").removesuffix("-BE")]
        if self._odd:
            lines = "one line" if self._odd == 1 else f"{self._odd:,} lines"
            how = "read as Windows-1252" if self.encoding == "utf-8" else "shown as �"
            found.append(f"bytes that do not fit the rest, in {lines}, {how}")
        if self._nuls:
            found.append(f"NUL bytes, {self._nuls:,} of them, left out")
        return found


def decode(content: bytes) -> str:
    """A short text file as text, its encoding found out in the same way."""
    encoding = _by_mark(content) or _utf16_without_mark(content) or _by_lines([content])
    if encoding == "utf-8":
        return _as_windows(content.decode("utf-8-sig", "surrogateescape"))
    return content.decode(encoding, "replace")


def detect(path: Path) -> str:
    """The codec of a text file: UTF-8 (with or without mark, or a few odd bytes), UTF-16 or an older one."""
    with path.open("rb") as file:
        start = file.read(BLOCK)
        file.seek(0)
        return _by_mark(start) or _utf16_without_mark(start) or _by_lines(iter(lambda: file.read(BLOCK), b""))


def is_text(start: bytes) -> bool:
    """True if a file with this beginning is text; a few NUL bytes are forgiven."""
    if _by_mark(start) or _utf16_without_mark(start):
        return True
    control = sum(start.count(byte) for byte in range(32) if byte not in b"\0\t\n\v\f\r\x1b")
    return control <= 2 + len(start) / 100 and start.count(0) <= len(start) / 3


def _by_mark(start: bytes) -> str:
    return next((codec for mark, codec in _MARKS if start.startswith(mark)), "")


def _utf16_without_mark(start: bytes) -> str:
    """UTF-16 without its mark: Latin letters, commas and line breaks have a NUL on one and the same side."""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    few, many = sorted((even, odd))
    if many < len(start) / 20 or many < 5 * few:
        return ""
    codec = "utf-16-le" if odd > even else "utf-16-be"
    try:
        codecs.getincrementaldecoder(codec)().decode(start)
    except UnicodeDecodeError:
        return ""
    return codec


def _by_lines(blocks: Iterator[bytes] | list[bytes]) -> str:
    """UTF-8, unless most lines that are not ASCII are no UTF-8: then what those lines look like."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    sound, broken = 0, bytearray()
    broken_lines = 0
    for block in blocks:
        text = decoder.decode(block)
        if text.isascii() or not _ESCAPED.search(text):
            sound += not text.isascii()
            continue
        for line in text.split("\n"):
            if _ESCAPED.search(line):
                broken_lines += 1
                broken += line.encode("utf-8", "surrogateescape") + b"\n"
            else:
                sound += not line.isascii()
        if len(broken) > _ENOUGH:
            break
    return _old_encoding(bytes(broken[:_ENOUGH])) if broken_lines > sound else "utf-8"


def _old_encoding(sample: bytes) -> str:
    """The encoding from before Unicode that makes most sense of it; Windows-1252 where it does as well."""
    sample = _POUNDS.sub(b"", sample)
    found = charset_normalizer.from_bytes(sample, cp_isolation=list(_OLD))
    matches = {match.encoding: match.coherence for match in found if match.encoding in _OLD}
    if not matches:
        return "cp1252"
    best, coherence = next(iter(matches.items()))
    western = sample.decode("cp1252", "replace")
    is_same = western == sample.decode(best, "replace")
    few = sum(byte > 127 for byte in sample) < len(sample) / 5  # in Chinese or Greek most are
    is_mere_chance = coherence == 0 and few and "\ufffd" not in western
    is_as_good = matches.get("cp1252", -1.0) >= coherence
    return "cp1252" if is_same or is_mere_chance or is_as_good else best


def _as_windows(text: str) -> str:
    def letters(found: re.Match[str]) -> str:
        raw = found[0].encode("utf-8", "surrogateescape")
        return "".join(bytes([b]).decode("cp1252", "ignore") or bytes([b]).decode("latin-1") for b in raw)

    return _ESCAPED.sub(letters, text)
