"""Valid pictures of kinds that Pillow does not decode, made byte by byte as their formats are defined."""

from __future__ import annotations

import io
import struct

from PIL import Image

from tests.data.conftest import jpeg

WIDE, HIGH = 16, 8


def bmp(bits: int = 24, compression: int = 0, header: int = 40, masks: tuple[int, ...] = ()) -> bytes:
    body = bytes(WIDE * HIGH * max(bits, 8) // 8)
    if header == 16:
        head = struct.pack("<IIIHH", 16, WIDE, HIGH, 1, bits)
    else:
        about = (header, WIDE, HIGH, 1, bits, compression, len(body), 2835, 2835, 0, 0)
        head = struct.pack("<IiiHHIIiiII", *about).ljust(header, b"\0") + struct.pack(
            f"<{len(masks)}I", *masks
        )
    palette = bytes(4 << bits if 0 < bits <= 8 else 0)
    offset = 14 + len(head) + len(palette)
    return b"BM" + struct.pack("<IHHI", offset + len(body), 0, 0, offset) + head + palette + body


def tiff(compression: int, samples: int = 3, bits: int = 8, photometric: int = 2, form: int = 1) -> bytes:
    body = bytes(WIDE * HIGH * samples * bits // 8)
    tags = {256: WIDE, 257: HIGH, 258: bits, 259: compression, 262: photometric, 273: 8 + 2 + 12 * 10 + 4}
    tags |= {277: samples, 278: HIGH, 279: len(body), 339: form}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + body


def jpeg_coded(marker: int, precision: int = 8) -> bytes:
    """A JPEG whose frame says that it is coded so."""
    content = bytearray(jpeg())
    at = content.index(b"\xff\xc0")
    content[at + 1], content[at + 4] = marker, precision
    return bytes(content)


def jpeg2000(layers: int, boxed: bool) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (32, 24)).save(out, "JPEG2000", no_jp2=not boxed)
    content = out.getvalue()
    at = content.index(b"\xff\x51") + 2
    (size,) = struct.unpack_from(">H", content, at)
    new = struct.pack(">H", 38 + 3 * layers) + content[at + 2 : at + 36] + struct.pack(">H", layers)
    return content[:at] + new + b"\7\1\1" * layers + content[at + size :]


def psd(bits: int = 8, mode: int = 3, channels: int = 3, version: int = 1) -> bytes:
    head = b"8BPS" + struct.pack(">H6xHIIHH", version, channels, HIGH, WIDE, bits, mode)
    return head + bytes(12 if version == 1 else 16) + b"\0\0" + bytes(WIDE * HIGH * channels * bits // 8)


UNREAD: dict[str, tuple[str, bytes]] = {
    "OS/2 2.x, short header": ("BMP", bmp(header=16)),
    "OS/2 2.x, RLE24": ("BMP", bmp(24, 4, header=64)),
    "OS/2 2.x, Huffman": ("BMP", bmp(1, 3, header=64)),
    "OS/2 array": ("BMP", b"BA" + struct.pack("<IIHH", 40, 0, 1024, 768) + bmp()),
    "BMP with a JPEG": ("BMP", bmp(0, 4)),
    "BMP with a PNG": ("BMP", bmp(0, 5)),
    "BMP of 64 bits": ("BMP", bmp(64)),
    "BMP of 2 bits": ("BMP", bmp(2)),
    "BMP of 10 bits a channel": ("BMP", bmp(32, 3, masks=(0x3FF00000, 0xFFC00, 0x3FF))),
    "BMP of 4 bits a channel": ("BMP", bmp(16, 3, masks=(0xF00, 0xF0, 0xF))),
    "BMP with alpha masks": ("BMP", bmp(16, 6, masks=(0xF00, 0xF0, 0xF, 0xF000))),
    "BMP in CMYK": ("BMP", bmp(32, 11)),
    **{
        f"TIFF, compression {code}": ("TIFF", tiff(code))
        for code in (32766, 34661, 34676, 34712, 34887, 50001)
    },
    "TIFF of doubles": ("TIFF", tiff(1, 1, 64, form=3)),
    "TIFF of five layers": ("TIFF", tiff(1, 5)),
    "raw": ("raw picture of a camera", tiff(1, 1, 16, 32803)),
    "JPEG without loss": ("JPEG", jpeg_coded(0xC3)),
    "JPEG-LS": ("JPEG", jpeg_coded(0xF7)),
    "JPEG of 12 bits": ("JPEG", jpeg_coded(0xC1, 12)),
    "JP2 of five layers": ("JPEG 2000", jpeg2000(5, True)),
    "J2K of five layers": ("JPEG 2000", jpeg2000(5, False)),
    "PSD of 16 bits": ("PSD", psd(16)),
    "PSD of 32 bits": ("PSD", psd(32)),
    "large PSD": ("PSD", psd(version=2)),
    "PSD in CMYK of 16 bits": ("PSD", psd(16, 4, 4)),
}
READ: dict[str, bytes] = {
    "bmp": bmp(),
    "tiff": tiff(1),
    "jpeg": jpeg(),
    "jp2": jpeg2000(3, True),
    "psd": psd(),
}
