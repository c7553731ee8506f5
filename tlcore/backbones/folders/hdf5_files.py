"""The list of what lies in a weights file of Keras: names, shapes and places of its numbers. No HDF5 library.

Only the plain form in which Keras writes HDF5 is read (version 0 of the format, tables of names, every array
in one piece and not compressed), by the format's specification. So no foreign parser meets a stranger's file,
and as all bytes are counted before they are read, none takes more memory than the file has. Whatever else
HDF5 can do, such as links to other files, is refused.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn

from tlcore.backbones.folders.folder_files import MOST_SIDES, Tensor
from tlcore.errors import BackboneError, printable

REMEDY = "Give the preset's own file, as keras-hub wrote it, or copy it again."
SIGNATURE = b"\x89HDF\r\n\x1a\n"
MOST_PLACES = 40_000  # of groups, arrays and their tables: a network of 100 layers has some thousands
MOST_DEPTH = 20  # of groups in one another, and of a table of names
MOST_BLOCK = 1_000_000  # bytes of one table or header: Keras' have some hundreds
MOST_MESSAGES = 1_000
MOST_NAME = 512  # letters of a whole name: Keras' have some hundred
NOWHERE = 0xFFFF_FFFF_FFFF_FFFF
_SPACE, _TYPE, _LAYOUT, _MORE, _TABLE = 0x1, 0x3, 0x8, 0x10, 0x11
_OPEN_IN_FULL = {0x2, 0x6, 0x7, 0xB}  # links of newer files, other files, compression: none of Keras'
# Floating-point numbers by their bytes: where their parts lie, as IEEE 754 has it.
_FLOATS = {
    2: ("F16", (0, 16, 10, 5, 0, 10, 15)),
    4: ("F32", (0, 32, 23, 8, 0, 23, 127)),
    8: ("F64", (0, 64, 52, 11, 0, 52, 1023)),
}


def arrays(path: Path) -> dict[str, Tensor]:
    """Every array by its whole name, such as "layers/dense/vars/0"; its offsets count from the file's start.

    Raises:
        BackboneError: the file is none, or holds what Keras would not write.
    """
    try:
        with path.open("rb") as file:
            return _Walk(file, path).arrays()
    except OSError as error:
        _refuse(path, error.strerror or str(error))
    except (struct.error, ValueError) as error:  # a part that is shorter than its kind
        _refuse(path, str(error))


def _refuse(path: Path, why: str) -> NoReturn:
    raise BackboneError(
        f"{path.name} cannot be read: {printable(why, 200)}.", received=path.parent, remedy=REMEDY
    )


class _Walk:
    def __init__(self, file: BinaryIO, path: Path) -> None:
        self.file, self.path = file, path
        self.size = os.fstat(file.fileno()).st_size
        self.left = self.size + MOST_BLOCK  # bytes to be read: no part is needed twice
        self.seen: set[int] = set()  # the places of all objects and tables
        self.found: dict[str, Tensor] = {}

    def arrays(self) -> dict[str, Tensor]:
        start = self.bytes_at(0, 96)
        if start[:8] != SIGNATURE or start[8] != 0 or start[13:15] != b"\x08\x08":
            self.refuse("it is no HDF5 file as Keras writes one")
        base, _, end, _ = struct.unpack_from("<4Q", start, 24)
        if base or not 96 <= end <= self.size:
            self.refuse(f"it claims {end:,} bytes, and has {self.size:,}")
        self.visit("", struct.unpack_from("<Q", start, 64)[0], 0)
        if sum(end - begin for begin, end in (one.data_offsets for one in self.found.values())) > self.size:
            self.refuse("its arrays overlap")
        return self.found

    def bytes_at(self, at: int, length: int) -> bytes:
        if length > MOST_BLOCK or not 0 <= at <= self.size - length:
            self.refuse(f"it speaks of {length:,} bytes at {at:,}, and has {self.size:,}")
        if (left := self.left - length) < 0:
            self.refuse("its parts overlap")
        self.left = left
        self.file.seek(at)
        content = self.file.read(length)
        if len(content) != length:
            self.refuse("it ends too early")
        return content

    def refuse(self, why: str) -> NoReturn:
        _refuse(self.path, why)

    def reach(self, at: int, depth: int = 0) -> None:
        """Go on at a place where nothing has led before."""
        if at in self.seen or len(self.seen) >= MOST_PLACES or depth > MOST_DEPTH:
            self.refuse("its groups lead in a circle, or are too many")
        self.seen.add(at)

    def visit(self, name: str, at: int, depth: int) -> None:
        """An object: an array, or a group and all in it."""
        self.reach(at, depth)
        messages = dict(self.messages(at))
        if _TABLE in messages:
            tree, heap = struct.unpack_from("<QQ", messages[_TABLE])
            names = self.heap(heap)
            for start, place in self.entries(tree, 0):
                # Names may lie in one another, so none is taken that is longer than Keras would write one.
                end = names.find(b"\0", start, start + MOST_NAME - len(name))
                if not 0 <= start < end:
                    self.refuse("a name is too long, or lies outside its table")
                part = names[start:end].decode("utf-8", "replace")
                self.visit(f"{name}/{part}" if name else part, place, depth + 1)
        elif {_SPACE, _TYPE, _LAYOUT} <= set(messages):
            if name in self.found:
                self.refuse(f"it holds {name} twice")
            self.found[name] = self.array(name, messages)
        else:
            self.refuse(f"{name or 'its root'} is neither a group nor an array")

    def messages(self, at: int) -> Iterator[tuple[int, bytes]]:
        """Kind and content of each part of an object's header."""
        version, _, count, _, length = struct.unpack_from("<BBHII", self.bytes_at(at, 12))
        if version != 1 or count > MOST_MESSAGES:
            self.refuse("an object's header is of another version")
        blocks, left = [(at + 16, length)], count
        while blocks and left:
            block, start = self.bytes_at(*blocks.pop()), 0
            while left and start + 8 <= len(block):
                kind, size, flags = struct.unpack_from("<HHB", block, start)
                content = block[start + 8 : start + 8 + size]
                if kind in _OPEN_IN_FULL or (flags & 2 and kind == _TYPE):
                    self.refuse("it holds links, other files or compressed numbers")
                if kind == _MORE:
                    blocks.append(struct.unpack_from("<QQ", content))
                    self.reach(blocks[-1][0])
                else:
                    yield kind, content
                start, left = start + 8 + size, left - 1

    def heap(self, at: int) -> bytes:
        """The names of a group, one behind the other."""
        magic, length, _, place = struct.unpack("<4s4xQQQ", self.bytes_at(at, 32))
        if magic != b"HEAP":
            self.refuse("a table of names is missing")
        return self.bytes_at(place, length)

    def entries(self, at: int, depth: int) -> Iterator[tuple[int, int]]:
        """Of each member of a group the start of its name and its place."""
        magic, kind, level, count = struct.unpack("<4sBBH", self.bytes_at(at, 8))
        if magic != b"TREE" or kind:
            self.refuse("a group's table is missing")
        self.reach(at, depth)
        keys = struct.unpack(f"<{2 * count}Q", self.bytes_at(at + 24, 16 * count))
        for child in keys[1::2]:
            if level:
                yield from self.entries(child, depth + 1)
            else:
                yield from self.leaf(child)

    def leaf(self, at: int) -> Iterator[tuple[int, int]]:
        magic, count = struct.unpack("<4sxxH", self.bytes_at(at, 8))
        if magic != b"SNOD":
            self.refuse("a group's table is missing")
        self.reach(at)
        for start, place, cached in struct.iter_unpack("<QQI20x", self.bytes_at(at + 8, 40 * count)):
            if cached > 1:
                self.refuse("it holds links, other files or compressed numbers")
            yield start, place

    def array(self, name: str, messages: dict[int, bytes]) -> Tensor:
        shape, (dtype, width) = self.shape(messages[_SPACE]), self.number(name, messages[_TYPE])
        version, kind, at, length = struct.unpack_from("<BBQQ", messages[_LAYOUT])
        if version != 3 or kind != 1:
            self.refuse(f"{name} does not lie there in one piece")
        if not all(0 <= side <= self.size for side in shape) or math.prod(shape) * width != length:
            self.refuse(f"{name} has another size than its shape says")
        if at == NOWHERE and not length:
            at = 0
        if not 0 <= at <= self.size - length:
            self.refuse(f"{name} lies outside the file")
        return Tensor(dtype, shape, (at, at + length))

    def shape(self, space: bytes) -> tuple[int, ...]:
        version, rank = space[:2]
        if version not in (1, 2) or rank > MOST_SIDES:
            self.refuse("an array's shape is of another version")
        return struct.unpack_from(f"<{rank}Q", space, 8 if version == 1 else 4)

    def number(self, name: str, kind: bytes) -> tuple[str, int]:
        what, order, width = struct.unpack_from("<BBxxI", kind)
        dtype, parts = _FLOATS.get(width, ("", ()))
        is_float = what & 15 == 1 and not order & 0x41  # the lowest byte first
        if not is_float or struct.unpack_from("<HHBBBBI", kind, 8) != parts:
            self.refuse(f"{name} is not of floating-point numbers of 16, 32 or 64 bits")
        return dtype, width
