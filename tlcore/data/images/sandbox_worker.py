"""The child's side of `sandbox.py`: looks at one picture after the other, as it is asked on its input.

A request is a line, the picture's file and where its thumbnail shall be written; the answer is another.
Little is imported here, since every import of pictures waits for it.
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import msgspec

from tlcore import memory
from tlcore.config import Fit
from tlcore.data.manifest import ImageStatistics
from tlcore.errors import PictureError
from tlcore.records import JsonType

FAILED = "It cannot be examined; the log says why."
SHORT = "There was not enough memory to decode it."
PREVIEW, DRAWABLE, FAITHFUL = 512, 1024, 1600  # longest side, pixels
_GRACE = 5.0  # seconds that the parent has to end a child, before the child ends itself


class DecodedImage(msgspec.Struct, frozen=True):
    """Result for one picture: its full size as displayed, in pixels, and its statistics, or the refusal."""

    width: int = 0
    height: int = 0
    look: ImageStatistics | None = None
    refusal: str = ""


DECODED_IMAGE = JsonType(DecodedImage)


def examine(file: Path, thumbnail: Path | None) -> DecodedImage:
    """Decode the whole picture in `file`, measure it, and write its thumbnail if it shall have one.

    Raises:
        PictureError: as `decode.decode`.
    """
    from tlcore.data.images import (  # the parent, which imports this module, does not decode
        decode,
        statistics,
    )

    small, (width, height), form = decode.decode_small(file)
    if thumbnail is not None:
        decode.write_thumbnail(small, thumbnail)
    return DecodedImage(width, height, statistics.measure(small, form, decode.camera(file)))


def write_thumbnail(file: Path, target: Path | None) -> DecodedImage:
    """Decode the whole picture in `file` and write its thumbnail; nothing is measured.

    Raises:
        PictureError: as `decode.decode`.
    """
    from tlcore.data.images.decode import THUMBNAIL

    return _write_small(file, target, THUMBNAIL)


def write_preview(file: Path, target: Path | None) -> DecodedImage:
    """The same, large enough to be looked at by itself."""
    return _write_small(file, target, PREVIEW)


def write_drawable(file: Path, target: Path | None) -> DecodedImage:
    """The same, large enough to draw on and take away."""
    return _write_small(file, target, DRAWABLE)


def write_class_map(file: Path, target: Path | None) -> DecodedImage:
    """Write a class map that an import has stored, at most `DRAWABLE` pixels a side; no class is mixed."""
    from PIL import Image

    with Image.open(file, formats=("PNG",)) as image:
        width, height = image.size
        scale = min(1.0, DRAWABLE / max(image.size))
        small = (max(1, round(width * scale)), max(1, round(height * scale)))
        numbers = image.convert("L").resize(small, Image.Resampling.NEAREST)
    if target is not None:
        numbers.save(target, "PNG", compress_level=1)
    return DecodedImage(width, height)


def write_lossless(file: Path, target: Path | None) -> DecodedImage:
    """The same with every pixel as it is, unless there are very many: a model says the same of it."""
    from tlcore.data.images import decode

    large, (width, height), _ = decode.decode_small(file, FAITHFUL)
    if target is not None:
        large.save(target, "PNG", compress_level=1)
    return DecodedImage(width, height)


def write_square(file: Path, target: Path | None, size: str, fit: Fit) -> DecodedImage:
    """Decode a picture to the square that a model sees, and write the bytes of its pixels.

    Raises:
        PictureError: as `decode.decode`.
    """
    from tlcore.data.images import decode

    square = decode.decode(file, int(size), fit)
    if target is not None:
        target.write_bytes(square.tobytes())
    return DecodedImage(*decode.upright_size(file))


def _write_small(file: Path, target: Path | None, side: int) -> DecodedImage:
    from tlcore.data.images import decode

    small, (width, height), _ = decode.decode_small(file, side)
    if target is not None:
        decode.write_thumbnail(small, target)
    return DecodedImage(width, height)


def main() -> None:
    """Answer requests until the input ends. Arguments: MODULE:FUNCTION SECONDS BYTES PARENT OPTION..."""
    name, seconds, most, parent, *options = sys.argv[1:]
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers, open(os.devnull, "w") as nowhere:
        os.dup2(2, 1)  # what decoders print is no answer
        module, _, function = name.partition(":")
        work = getattr(importlib.import_module(module), function)
        limit = float(seconds) + _GRACE
        memory.confine(int(most), int(parent))
        print("{}", file=answers, flush=True)
        for line in sys.stdin:
            file, thumbnail = json.loads(line)
            # A clock of the C library: it runs out even while a decoder holds Python's lock.
            faulthandler.dump_traceback_later(limit, exit=True, file=nowhere)
            seen = _run(work, Path(file), None if thumbnail is None else Path(thumbnail), options)
            faulthandler.cancel_dump_traceback_later()
            print(msgspec.json.encode(seen).decode(), file=answers, flush=True)


def _run(
    work: Callable[..., DecodedImage], file: Path, thumbnail: Path | None, options: list[str]
) -> DecodedImage:
    try:
        return work(file, thumbnail, *options)
    except PictureError as error:
        return DecodedImage(refusal=error.what)
    except Exception as error:  # one of our own: the import goes on, and the log says what it was
        if memory.ran_out(error):
            return DecodedImage(refusal=SHORT)
        traceback.print_exc()
        return DecodedImage(refusal=FAILED)
