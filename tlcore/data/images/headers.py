"""Headers of pictures that could not be decoded: damaged, cut short, or of a kind that is not read.

A picture can be valid although Pillow refuses it: then its owner should save it in another way, not look for
damage. Formats without an entry here get the general message.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import BinaryIO, NamedTuple

CUT = "The file is cut short: part of the picture is missing."
_JPEG_READ = {0xC0, 0xC1, 0xC2, 0xC9, 0xCA}  # ways of coding (SOF markers) that libjpeg decodes
_JPEG_SOF = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
_TIFF_READ = {1, 2, 3, 4, 5, 6, 7, 8, 32771, 32773, 32809, 32946, 34925, 50000}  # compressions
_TIFF_KNOWN = _TIFF_READ | {9, 10, 99, 32766, 32895, 32896, 32897, 32898, 32908, 32909, 32947, 33003, 33005}
_TIFF_KNOWN |= {34661, 34663, 34676, 34677, 34712, 34713, 34715, 34718, 34887, 34892, 34926, 34927, 34933}
_TIFF_KNOWN |= {34934, 50001, 50002, 50013, 52546, 65000, 65535}
_RAW = {32803, 34892}  # photometric interpretations of cameras' sensors
_BMP_HEADERS, _BMP_BITS = {12, 16, 40, 52, 56, 64, 108, 124}, {0, 1, 2, 4, 8, 16, 24, 32, 64}
_BMP_COMPRESSIONS = {*range(7), 11, 12, 13}
_MOST = 1_000  # tags or segments of one header
_SEARCHED = 100_000  # bytes in which the code of a JPEG 2000 file begins


class Header(NamedTuple):
    """A valid one: the format's name, whether all that it announces is in the file, and whether its way of
    coding is one that is decoded.
    """

    kind: str
    is_whole: bool = True
    is_decoded: bool = True


def why_unread(stream: BinaryIO, was_opened: bool) -> str:
    """The reason why a picture was not decoded, as its header tells it; "" where that tells nothing.

    Args:
        was_opened: whether Pillow took the header.
    """
    length = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    start = stream.read(_SEARCHED)
    check = next((check for magic, check in _CHECKS if start.startswith(magic)), None)
    try:
        header = check(start, stream, length) if check else None
    except (struct.error, OverflowError, ValueError):  # it ends too early, or points nowhere
        header = None
    if header is None or (was_opened and header.is_decoded):
        return ""
    if not header.is_whole:
        return CUT
    return f"This kind of {header.kind} cannot be read here: save it as PNG or JPEG."


def _bmp(start: bytes, stream: BinaryIO, length: int) -> Header | None:
    if start.startswith(
        b"BA"
    ):  # several in one file, as OS/2 has them: another header stands before the first
        return _bmp(start[14:], stream, length) if start[14:16] == b"BM" else None
    offset, size = struct.unpack_from("<II", start, 10)
    if size in (12, 16):
        width, height, planes, bits = struct.unpack_from("<HHHH" if size == 12 else "<IIHH", start, 18)
        compression = announced = 0
    else:
        width, height, planes, bits, compression, announced = struct.unpack_from("<iiHHII", start, 18)
    is_valid = size in _BMP_HEADERS and bits in _BMP_BITS and compression in _BMP_COMPRESSIONS
    if not (is_valid and planes == 1 and width > 0 and height and offset >= 14 + size):
        return None
    return Header("BMP", is_whole=offset + announced <= length)


def _tiff(start: bytes, stream: BinaryIO, length: int) -> Header | None:
    tags = _tags(start, stream, length)
    if not tags.get(256, (0,))[0] or not tags.get(257, (0,))[0] or tags.get(259, (1,))[0] not in _TIFF_KNOWN:
        return None
    places = [*zip(tags.get(273, ()), tags.get(279, ()), strict=False)]
    places += zip(tags.get(324, ()), tags.get(325, ()), strict=False)
    is_raw = tags.get(262, (0,))[0] in _RAW or 50706 in tags
    return Header(
        "raw picture of a camera" if is_raw else "TIFF",
        all(at + size <= length for at, size in places),
        tags.get(259, (1,))[0] in _TIFF_READ,
    )


def _tags(start: bytes, stream: BinaryIO, length: int) -> dict[int, tuple[int, ...]]:
    """Whole numbers of the first directory, by tag."""
    order = "<" if start.startswith(b"II") else ">"
    (version,) = struct.unpack_from(f"{order}H", start, 2)
    long, many, entry, size = ("Q", "Q", "HHQ8s", 20) if version == 43 else ("I", "H", "HHI4s", 12)
    (at,) = struct.unpack_from(order + long, start, 8 if version == 43 else 4)
    stream.seek(at)
    (count,) = struct.unpack(order + many, stream.read(struct.calcsize(many)))
    if count > _MOST:
        raise ValueError("no directory has so many tags")
    found: dict[int, tuple[int, ...]] = {}
    for tag, kind, number, value in struct.iter_unpack(order + entry, stream.read(count * size)):
        letter = {1: "B", 3: "H", 4: "I", 16: "Q"}.get(kind)
        if letter is None or not 0 < number <= length:
            continue
        needed = number * struct.calcsize(letter)
        if needed > len(value):
            stream.seek(*struct.unpack(order + long, value))
            value = stream.read(needed)
        found[tag] = struct.unpack(f"{order}{number}{letter}", value[:needed])
    return found


def _jpeg(start: bytes, stream: BinaryIO, length: int) -> Header | None:
    """Known by how its frame is coded: any other header is Pillow's to judge."""
    at = 2
    for _ in range(_MOST):
        stream.seek(at)
        mark, code, size = struct.unpack(">BBH", stream.read(4))
        if mark != 0xFF or size < 2:
            return None
        if code in _JPEG_SOF:
            precision, height, width, layers = struct.unpack(">BHHB", stream.read(6))
            if precision not in range(2, 17) or not (width and height and layers):
                return None
            usual = code in _JPEG_READ and precision == 8 and layers in (1, 3, 4)
            return None if usual else Header("JPEG", is_decoded=False)
        at += 2 + size
    return None


def _jpeg2000(start: bytes, stream: BinaryIO, length: int) -> Header | None:
    at = start.index(b"\xff\x4f\xff\x51")
    size, _, right, lower, left, upper = struct.unpack_from(">HHIIII", start, at + 4)
    (layers,) = struct.unpack_from(">H", start, at + 40)
    is_valid = size == 38 + 3 * layers and right > left and lower > upper
    return Header("JPEG 2000") if is_valid and layers > 4 else None


def _psd(start: bytes, stream: BinaryIO, length: int) -> Header | None:
    version, nothing, channels, height, width, bits, mode = struct.unpack_from(">H6sHIIHH", start, 4)
    is_valid = version in (1, 2) and not any(nothing) and 0 < channels <= 56 and height and width
    return Header("PSD") if is_valid and bits in (1, 8, 16, 32) and mode in range(10) else None


_CHECKS: tuple[tuple[bytes, Callable[[bytes, BinaryIO, int], Header | None]], ...] = (
    (b"BM", _bmp),
    (b"BA", _bmp),
    (b"II*\0", _tiff),
    (b"MM\0*", _tiff),
    (b"II+\0", _tiff),
    (b"MM\0+", _tiff),
    (b"\xff\xd8", _jpeg),
    (b"\xff\x4f\xff\x51", _jpeg2000),
    (b"\0\0\0\x0cjP  ", _jpeg2000),
    (b"8BPS", _psd),
)
