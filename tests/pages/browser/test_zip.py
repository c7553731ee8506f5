"""The ZIP that the browser writes, where the format needs its 64-bit records; read back by Python."""

from __future__ import annotations

import base64
import io
import zipfile
from pathlib import Path

from playwright.sync_api import Page

from tests.fixtures.browser import ROOT

SCRIPT = ROOT / "pages" / "components" / "browser" / "upload" / "zip.js"
TAIL = """async (make) => {
  const zip = zipStore(eval(make)), from = Math.max(0, zip.size - 9_000_000);
  const url = await new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.readAsDataURL(zip.slice(from));
  });
  return { size: zip.size, from, tail: url.slice(url.indexOf(",") + 1) };
}"""


def zip_tail(page: Page, items: str) -> tuple[int, int, bytes]:
    """Size of the ZIP of `items` (JavaScript), and its last bytes with where they start."""
    page.add_script_tag(path=SCRIPT)
    answer = page.evaluate(TAIL, items)
    return answer["size"], answer["from"], base64.b64decode(answer["tail"])


def test_more_than_65535_files(browser_page: Page) -> None:
    """Bytes stand for the files: the browser takes half a minute to put so many of its Blobs into one."""
    many = """(() => {
      const blob = Object.assign(new Uint8Array([97]), { size: 1 });
      return Array.from({length: 66000}, (_, i) => ({name: `ü/${i}`, blob, crc: 0xe8b7be43}));
    })()"""
    _, start, content = zip_tail(browser_page, many)
    assert start == 0
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        assert (len(set(names)), names[0], names[-1]) == (66_000, "ü/0", "ü/65999")
        assert archive.testzip() is None


def test_more_than_four_gigabytes(browser_page: Page, tmp_path: Path) -> None:
    huge = """(() => {
      const piece = new Blob([new Uint8Array(1 << 26)]), huge = new Blob(Array(68).fill(piece));
      return [{name: "huge", blob: huge, crc: 1}, {name: "last", blob: new Blob(["a"]), crc: 0xe8b7be43}];
    })()"""
    size, start, tail = zip_tail(browser_page, huge)
    path = tmp_path / "sparse.zip"
    with path.open("wb") as file:  # what lies before the tail is a hole that takes no disk
        file.seek(start)
        file.write(tail)
    assert path.stat().st_size == size > 2**32
    with zipfile.ZipFile(path) as archive:
        assert [(item.filename, item.file_size) for item in archive.infolist()] == [
            ("huge", 68 << 26),
            ("last", 1),
        ]
        assert archive.read("last") == b"a"
