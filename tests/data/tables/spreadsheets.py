"""Small spreadsheets made on the spot, and an old one of Excel 97 as it was saved."""

from __future__ import annotations

import base64
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

_XML = '<?xml version="1.0" encoding="UTF-8"?>'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_ODS = "application/vnd.oasis.opendocument.spreadsheet"
_URN = "urn:oasis:names:tc:opendocument:xmlns"
ROWS = [("text", "label"), ("Wo bleibt mein Paket?", "Lieferung"), ("=cmd|' /C calc'!A0", "Lieferung")]
# ROWS and ("Ich möchte mein Geld zurück", 2.0), as Excel 97 kept them
_OLD = (
    "eNrtWE1oE0EU/maTNG3pT1JToS2UtWCjtaDFi5d2bUWLoCV6qYigm81qQ7aphC1oEa3WHgXBk+Kl0IuXqhd/0IPePAgVPQiC0OrR"
    "k6DiIe365mWCiebQgBZ/9lvm7ds338y83XnzZndfLEaX5u62L+MHDCCAVa8ONSU2QaWueBEB1XueVIvnWiqej78KdbU0kTUhPGp8"
    "HpZzKOd7GRruBJ+SBN5ROYbTGJnI2vo6Yoh9MIX0oZ+kwE2yNKGNvWphabHcwPI2Mx+z3M2WKyz7ibskjmLRGOnZpaL4iNbFdU2Q"
    "/d7nNm/Y0odWPJNRfOGqKHBDGMylTefPrOgMNmAeNG/DdtbOmc4SYjSB8/js6cCn4kp9ovv29bULkP1ruT1cwX5NCwLT8E5wgM+i"
    "GbGgrAljyDFdV+/LIyunl1cl1bj2GTcEOGbSdlqB0Qk96djppKuP2+msnjAztmtQgj6Qtk/aucnsqRaKf2s8dS6ub9+jW6ZjxTcN"
    "7ugA9ltj+vgXa8y1Cy2HbSelT03m8lamXuZ4zgmRspzQyGulgWSK3JR6lFdMhLJ+/tbHlweTCeM4W6Z5HyjsFpvlDcLDRdmCGjdx"
    "Dd8jc3tYbmN5iXvtYL2dZYzinM7diVal7JthzmWu7aZxdjJeGfESfQvpsx8OPeicfW9sJX1heHkqtvDamEMX7V4pai+PGfSKXnHj"
    "usRDo3gWKrO8Zdn2U5ap1SLKd09tic1YQT2rUZaFK/l0hOKLCnzBfE3xBfMDiq9V4GvMDyq+VsYPVOAHmE+hgvOavJJ86deA1oJ7"
    "sjPKkd9RDx8+fPjw4cOHDx//C4R6Ew+o9/KQet8Pq/86K1RW/d8k/ywOY4IOlz5M99K3posczlYVPxsREsW+xBrbFP8XSozS6Dlk"
    "kGQ/MlXHL32vidL7WXPDyK9bQtWOv1qNn795/G9YbeFg"
)


def xlsx(path: Path, *sheets: str) -> Path:
    """An Excel file of sheets given as XML rows, see `excel_rows`."""
    names = [f"sheet{number}" for number in range(1, len(sheets) + 1)]
    listed = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="r{i}"/>' for i, n in enumerate(names, 1))
    related = "".join(
        f'<Relationship Id="r{i}" Type="{_OFFICE}/worksheet" Target="worksheets/{n}.xml"/>'
        for i, n in enumerate(names, 1)
    )
    root = f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        types = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
        archive.writestr("[Content_Types].xml", _XML + types)
        archive.writestr("_rels/.rels", f'{_XML}<Relationships xmlns="{_PACKAGE}">{root}</Relationships>')
        archive.writestr(
            "xl/workbook.xml",
            f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels", f'{_XML}<Relationships xmlns="{_PACKAGE}">{related}</Relationships>'
        )
        for name, rows in zip(names, sheets, strict=True):
            sheet = f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
            archive.writestr(f"xl/worksheets/{name}.xml", sheet)
    return path


def excel_rows(rows: Sequence[Sequence[str | float]], first: int = 1) -> str:
    """XML of rows from the row number `first` on."""
    return "".join(
        f'<row r="{number}">{"".join(_cell(f"{chr(65 + at)}{number}", v) for at, v in enumerate(row))}</row>'
        for number, row in enumerate(rows, first)
    )


def _cell(place: str, value: str | float) -> str:
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def ods(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    """A spreadsheet of LibreOffice's kind, which ends in a million empty rows as all of them do."""
    spaces = f'xmlns:office="{_URN}:office:1.0" xmlns:table="{_URN}:table:1.0" xmlns:text="{_URN}:text:1.0"'
    cells = (
        f'<table:table-cell office:value-type="string"><text:p>{escape(v)}</text:p></table:table-cell>'
        for row in rows
        for v in row
    )
    width = len(rows[0])
    lines = ["".join(part) for part in zip(*[cells] * width, strict=True)]
    table = "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
    table += '<table:table-row table:number-rows-repeated="1048570"><table:table-cell/></table:table-row>'
    content = (
        f"{_XML}<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="Tabelle1">{table}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = f'{_XML}<manifest:manifest xmlns:manifest="{_URN}:manifest:1.0"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", _ODS, zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return path


def xls(path: Path) -> Path:
    """The old Excel file."""
    path.write_bytes(zlib.decompress(base64.b64decode(_OLD)))
    return path
