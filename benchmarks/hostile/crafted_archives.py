"""Malicious archives and tables."""

from __future__ import annotations

import gzip
import io
import os
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.hostile.case import EITHER, REFUSED, WORKS
from benchmarks.hostile.crafted_folders import Craft, picture, zeros

Entry = tuple[str | zipfile.ZipInfo, bytes | int]  # a number: so many zeros
TEXTS = [f"{word} {number},{label}" for number in range(8) for word, label in (("good", "a"), ("bad", "b"))]


def entries() -> list[tuple[str, bytes]]:
    """Two classes of pictures."""
    return [(f"{label}/{n}.png", picture(50 * at + n)) for at, label in enumerate("ab") for n in range(4)]


def a_zip(*more: Entry, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP of them, and of more."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in (*entries(), *more):
            write(archive, name, content)
    return out.getvalue()


def write(archive: zipfile.ZipFile, name: str | zipfile.ZipInfo, content: bytes | int) -> None:
    """One entry."""
    if isinstance(content, bytes):
        archive.writestr(name, content)
        return
    with archive.open(name, "w", force_zip64=True) as file:
        for part in zeros(content):
            file.write(part)


def a_tar(*more: tarfile.TarInfo, mode: str = "w") -> bytes:
    """A TAR of the same."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in entries():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in more:
            archive.addfile(info, io.BytesIO(b"\0" * info.size))
    return out.getvalue()


def gzip_of(count: int) -> bytes:
    """So many zeros."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1) as file:
        for part in zeros(count):
            file.write(part)
    return out.getvalue()


def _info(name: str, link: str = "", kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def _unix_link(name: str, target: str) -> Entry:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, 0o120777 << 16
    return info, target.encode()


def _changed(content: bytes, at: bytes, offset: int, new: bytes) -> bytes:
    """The same with other bytes behind each place where `at` stands."""
    found = bytearray(content)
    place = found.find(at)
    while place >= 0:
        found[place + offset : place + offset + len(new)] = new
        place = found.find(at, place + 4)
    return bytes(found)


def _nested() -> bytes:
    inner = a_zip()
    for _ in range(20):
        inner = a_zip(("inner.zip", inner))
    return inner


NAMES = (
    "a/<b>x.png",
    "a/=1+1.png",
    "a/x\\..\\..\\y.png",
    "a/CON.png",
    "a/" + "y" * 300 + ".png",
    "a/\u202ex.png",
)
ZIPS: dict[str, tuple[Callable[[], bytes], tuple[int, ...]]] = {
    "good.zip": (a_zip, WORKS),
    "slip.zip": (
        lambda: a_zip(("../../canary.png", picture(1)), ("a/../../../canary.png", picture(2))),
        WORKS,
    ),
    "absolute.zip": (lambda: a_zip(("/tmp/canary.png", picture(1)), ("C:\\canary.png", picture(2))), EITHER),
    "link.zip": (lambda: a_zip(_unix_link("a/link.png", "/etc/passwd")), WORKS),
    "bomb.zip": (lambda: a_zip(("a/bomb.png", 400_000_000)), EITHER),
    "many.zip": (lambda: a_zip(*[(f"a/{n}.png", b"") for n in range(30_000)]), EITHER),
    "twice.zip": (lambda: a_zip(("a/0.png", picture(9)), ("A/0.PNG", picture(8))), EITHER),
    "nested.zip": (_nested, EITHER),
    "cut.zip": (lambda: a_zip()[:-100], REFUSED),
    "half.zip": (lambda: a_zip()[: len(a_zip()) // 2], REFUSED),
    "wrong checksum.zip": (lambda: _changed(a_zip(), b"PK\x01\x02", 16, b"\0\0\0\0"), EITHER),
    "encrypted.zip": (lambda: _changed(a_zip(), b"PK\x01\x02", 8, b"\x01\x00"), EITHER),
    "sizes that lie.zip": (lambda: _changed(a_zip(), b"PK\x01\x02", 24, b"\xff\xff\xff\x7f"), EITHER),
    "offsets that lie.zip": (lambda: _changed(a_zip(), b"PK\x01\x02", 42, b"\xff\xff\xff\x7f"), EITHER),
    "an unknown method.zip": (lambda: _changed(a_zip(), b"PK\x01\x02", 10, b"\x63\x00"), EITHER),
    "a directory of 4 GB.zip": (lambda: _changed(a_zip(), b"PK\x05\x06", 12, b"\xff" * 8), REFUSED),
    "names.zip": (lambda: a_zip(*[(name, picture(n)) for n, name in enumerate(NAMES)]), WORKS),
    "letter.zip": (lambda: b"Dear Sir, " * 100, REFUSED),
    "lzma.zip": (lambda: a_zip(method=zipfile.ZIP_LZMA), EITHER),
    "slip.tar": (
        lambda: a_tar(tarfile.TarInfo("../../canary.png"), tarfile.TarInfo("/tmp/canary.png")),
        EITHER,
    ),
    "links.tar": (
        lambda: a_tar(_info("a/l.png", "/etc/passwd"), _info("a/h", "/etc/passwd", tarfile.LNKTYPE)),
        EITHER,
    ),
    "devices.tar": (
        lambda: a_tar(_info("a/d.png", "", tarfile.CHRTYPE), _info("a/p", "", tarfile.FIFOTYPE)),
        EITHER,
    ),
    "cut.tar.gz": (lambda: a_tar(mode="w:gz")[:-500], EITHER),
    "bomb.tar.gz": (lambda: gzip_of(700_000_000), REFUSED),
    "good.tar.xz": (lambda: a_tar(mode="w:xz"), EITHER),
    "a size that lies.tar": (lambda: _changed(a_tar(), b"a/0.png", 124, b"77777777777\0"), EITHER),
}


def _book(sheet: bytes | int, strings: bytes = b"") -> bytes:
    """A spreadsheet of one sheet."""
    out = io.BytesIO()
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    related = f'<Relationship Id="r1" Type="{office}/%s" Target="%s"/>'
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        officeDocument = related % ("officeDocument", "xl/workbook.xml")
        book.writestr("_rels/.rels", f'<Relationships xmlns="{package}">{officeDocument}</Relationships>')
        sheets = f'<sheets><sheet name="x" sheetId="1" r:id="r1" xmlns:r="{office}"/></sheets>'
        book.writestr("xl/workbook.xml", f"<workbook {main}>{sheets}</workbook>")
        target = related % ("worksheet", "worksheets/sheet1.xml")
        book.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}">{target}</Relationships>'
        )
        write(book, "xl/worksheets/sheet1.xml", sheet)
        book.writestr("xl/sharedStrings.xml", strings)
    return out.getvalue()


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12))
    + b'<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    b'<worksheet><sheetData><row><c t="str"><v>&m;&e;</v></c></row></sheetData></worksheet>'
)
TABLES: dict[str, tuple[Callable[[], bytes], tuple[int, ...]]] = {
    "good.csv": (lambda: "\n".join(["text,label", *TEXTS]).encode(), WORKS),
    "empty.csv": (lambda: b"", REFUSED),
    "head only.csv": (lambda: b"text,label\n", REFUSED),
    "one column.csv": (lambda: b"text\na\nb\nc\n", REFUSED),
    "nulls.csv": (lambda: b"\0" * 10_000, REFUSED),
    "utf-16.csv": (lambda: "\n".join(["text,label", *TEXTS]).encode("utf-16"), EITHER),
    "latin-1.csv": (lambda: "\n".join(["text,label", *TEXTS, "über,b"]).encode("latin-1"), EITHER),
    "not UTF-8.csv": (lambda: "\n".join(["text,label", *TEXTS]).encode() + b"\n\xff\xfe\x81,b\n", EITHER),
    "formulas.csv": (lambda: "\n".join(["text,label", *TEXTS, "=cmd|' /C calc'!A0,b"]).encode(), WORKS),
    "an open quote.csv": (lambda: b'text,label\n"' + b"a,b\n" * 100_000, EITHER),
    "a cell of 20 MB.csv": (lambda: b"text,label\n" + b"x" * 20_000_000 + b",a\nz,b\ny,a\nw,b\n", EITHER),
    "10,000 columns.csv": (lambda: b"\n".join([b",".join([b"x"] * 10_000)] * 30), EITHER),
    "ragged.csv": (lambda: "\n".join(["text,label", *TEXTS, "a", "a,b,c,d", ",,,"]).encode(), EITHER),
    "one name twice.csv": (lambda: b"text,text,label\n" + b"a,b,c\nd,e,f\n" * 9, EITHER),
    "brackets.jsonl": (lambda: b"[" * 200_000, REFUSED),
    "kinds.jsonl": (lambda: b'{"text": 5, "label": []}\n"x"\nnull\n{"text": {"a": 1}}\n' * 5, EITHER),
    "not UTF-8.jsonl": (lambda: b'{"text": "\xff", "label": "a"}\n' * 9, EITHER),
    "not a number.jsonl": (lambda: b'{"text": NaN, "label": 1e999}\n' * 9, EITHER),
    "letter.xlsx": (lambda: b"PK\x03\x04 Dear Sir", REFUSED),
    "laughs.xlsx": (lambda: _book(LAUGHS, LAUGHS), REFUSED),
    "a sheet of 300 MB.xlsx": (lambda: _book(300_000_000), REFUSED),
    "old.xls": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5000, REFUSED),
    "a database.csv": (lambda: b"SQLite format 3\0" + os.urandom(5000), EITHER),
    "length.parquet": (lambda: b"PAR1" + struct.pack("<I", 2**31) + b"PAR1", REFUSED),
}


def crafts() -> Iterator[Craft]:
    """All of them, as files."""
    for name, (content, ends) in (ZIPS | TABLES).items():
        yield name, partial(_put, name=name, content=content), ends


def _put(at: Path, name: str, content: Callable[[], bytes]) -> Path:
    (at / name).write_bytes(content())
    return at / name
