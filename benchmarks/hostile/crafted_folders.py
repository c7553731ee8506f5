"""Malicious folders and pictures."""

from __future__ import annotations

import io
import os
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.hostile.case import EITHER, REFUSED, WORKS

Craft = tuple[str, Callable[[Path], Path], tuple[int, ...]]  # its name; what makes it in a folder; exit codes


def picture(seed: int, size: tuple[int, int] = (40, 30), form: str = "PNG") -> bytes:
    """A picture that is like no other."""
    pixels = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, form)
    return out.getvalue()


def zeros(count: int) -> Iterator[bytes]:
    """So many zeros, a part at a time: what is made of them must not take our own memory."""
    part = bytes(10_000_000)
    for _ in range(count // len(part)):
        yield part


def compressed_zeros(count: int) -> bytes:
    """So many zeros, as zlib packs them."""
    packer = zlib.compressobj(9)
    return b"".join(map(packer.compress, zeros(count))) + packer.flush()


def good(folder: Path, classes: tuple[str, ...] = ("cat", "dog"), each: int = 4) -> Path:
    """Class folders with pictures."""
    for at, label in enumerate(classes):
        (folder / label).mkdir(parents=True)
        for number in range(each):
            (folder / label / f"{number}.png").write_bytes(picture(100 * at + number))
    return folder


def crafts() -> Iterator[Craft]:
    """All of them."""
    yield "empty", lambda at: at, REFUSED
    yield "one class", lambda at: good(at, ("cat",)), REFUSED
    yield "70 good pictures without classes", flat, EITHER
    yield "40 folders deep", deep, EITHER
    yield "only hidden files", hidden, EITHER
    for name, label in CLASSES.items():
        yield f"a class called {name}", partial(good, classes=("cat", label)), WORKS
    for name, broken in FOLDERS.items():
        yield name, partial(_broken, then=broken), WORKS
    for name, content in PICTURES.items():
        yield f"a picture: {name}", partial(with_picture, content=content), WORKS


def _broken(at: Path, then: Callable[[Path], Path]) -> Path:
    return then(good(at))


def flat(at: Path) -> Path:
    for number in range(70):
        (at / f"{number}.png").write_bytes(picture(number))
    return at


def deep(at: Path) -> Path:
    good(at / Path(*["d"] * 40))
    return at


def hidden(at: Path) -> Path:
    for name in (".DS_Store", "Thumbs.db", ".hidden.png"):
        (at / name).write_bytes(picture(1))
    return at


def with_picture(at: Path, content: Callable[[], bytes]) -> Path:
    good(at)
    (at / "cat" / "odd.png").write_bytes(content())
    return at


CLASSES = {
    "markup": "<b>*x*</b> [a](javascript:alert(1)) $y$ :red[z]",
    "a formula": "=1+1|cmd",
    "what is not UTF-8": "\udcff\udcfe",
    "a line break": "a\nb\tc",
    "right to left": "\u202egpj.txt שלום",
    "underscores": "__init__",
    "a backslash": "a\\b",
    "joined emoji": "👩‍👩‍👧 می‌خواهم",
    "like a device": "nul",
    "200 characters": "x" * 200,
    "text, label, path": "text",
    "test": "tests",
}


def _links(at: Path) -> Path:
    (at / "cat" / "up").symlink_to(at)
    (at / "bird").symlink_to("/etc")
    (at / "cat" / "passwd.png").symlink_to("/etc/passwd")
    (at / "cat" / "loop.png").symlink_to(at / "cat" / "loop.png")
    return at


def _specials(at: Path) -> Path:
    os.mkfifo(at / "cat" / "pipe.png")
    os.symlink("/dev/zero", at / "cat" / "zero.png")
    return at


def _closed(at: Path) -> Path:
    (at / "cat" / "0.png").chmod(0)
    (at / "bird").mkdir(mode=0)
    return at


def _sparse(at: Path) -> Path:
    with (at / "cat" / "large.png").open("wb") as file:
        file.truncate(20_000_000_000)
    return at


def _clones(at: Path) -> Path:
    for number in range(300):
        os.link(at / "cat" / "0.png", at / "cat" / f"again {number}.png")
    return at


def _labels_file(at: Path) -> Path:
    rows = ["file,label", "cat/0.png,=cmd", "../../etc/passwd,dog", "cat/1.png,", "\x00,x", "cat/2.png,a,b,c"]
    (at / "labels.csv").write_text("\n".join(rows))
    return at


def _looks_like_ours(at: Path) -> Path:
    (at / "manifest.json").write_text('{"name": "x", "classes": ["a"], "examples": []}')
    (at / "config.json").write_text("{}")
    (at / "status.json").write_text('{"state": "running"}')
    return at


def _shuffled(at: Path) -> Path:
    """Good pictures, each with some bytes changed."""
    chance = random.Random(7)
    for number in range(60):
        content = bytearray(picture(number, form=("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")[number % 6]))
        for _ in range(1 + number % 9):
            content[chance.randrange(len(content))] = chance.randrange(256)
        (at / "dog" / f"changed {number}.jpg").write_bytes(content)
    return at


FOLDERS: dict[str, Callable[[Path], Path]] = {
    "links out, up and to themselves": _links,
    "pipes and devices": _specials,
    "files and folders that may not be read": _closed,
    "a file of 20 GB that is empty": _sparse,
    "300 hard links to one picture": _clones,
    "a labels file that leads out": _labels_file,
    "files called like ours": _looks_like_ours,
    "60 pictures with changed bytes": _shuffled,
}


def chunk(kind: bytes, content: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, *chunks: bytes, data: bytes = b"") -> bytes:
    """A PNG that says it is so large, with these chunks."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(data, 9))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + body + chunk(b"IEND", b"")


def _many_frames() -> bytes:
    out, frame = io.BytesIO(), Image.new("P", (8, 8))
    frame.save(out, "GIF", save_all=True, append_images=[frame.copy() for _ in range(3000)])
    return out.getvalue()


def _odd_tiff() -> bytes:
    entries = [(256, 4, 1, 2**31), (257, 4, 1, 2**31), (258, 3, 1, 8), (259, 3, 1, 32773), (273, 4, 9, 2**31)]
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + body + b"\0\0\0\0"


PICTURES: dict[str, Callable[[], bytes]] = {
    "a bomb of 60,000 × 60,000": lambda: png(60_000, 60_000, data=b"\0" * 1_000_000),
    "a bomb of 2**31 pixels": lambda: png(2**31 - 1, 2**31 - 1),
    "no pixels": lambda: png(0, 0),
    "a text chunk of 200 MB": lambda: png(8, 8, chunk(b"zTXt", b"a\0\0" + compressed_zeros(200_000_000))),
    "a colour profile of 100 MB": lambda: png(8, 8, chunk(b"iCCP", b"a\0\0" + compressed_zeros(100_000_000))),
    "a JPEG that is cut": lambda: picture(1, form="JPEG")[:-300],
    "3,000 frames": _many_frames,
    "a TIFF of nowhere": _odd_tiff,
    "SVG with a script": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "PostScript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/tmp/x) (w) file\nshowpage\n",
    "a program": lambda: b"\x7fELF" + bytes(range(256)) * 40,
}
