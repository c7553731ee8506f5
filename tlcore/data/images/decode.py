"""Decoding of pictures: the one way from bytes to pixels.

Import, training, evaluation, prediction and every export call `decode`, so a model always sees a picture as
it did in training. `DECODE_VERSION` goes up with any change that moves a pixel: cached features are kept
under it. `upright_rgb` and `to_square` use only Pillow and NumPy, because the `predict.py` people take home
holds their source word for word.

What is done, in this order: JPEG scaled while decoding (never below one and a half times the target), first
frame only, EXIF rotation, 16 bit and float scaled to 8 bit, transparency laid on white, RGB, one antialiased
resize. Colour profiles are ignored, as every training pipeline of the published backbones does.
"""

from __future__ import annotations

import io
import logging
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pillow_heif
from PIL import Image, ImageOps, UnidentifiedImageError

from tlcore import system
from tlcore.config import Fit
from tlcore.data.images import file_kind, headers
from tlcore.errors import PictureError

DECODE_VERSION = 3
MAX_BYTES = 100_000_000  # of one picture file
MAX_PIXELS = 120_000_000  # as declared in its header; Pillow itself stops at 179 million
THUMBNAIL = 128  # longest side, pixels
_BIG = 30_000_000  # pixels; such pictures are decoded one at a time, since each takes hundreds of megabytes
_ORIENTATION, _MAKE, _MODEL = 0x0112, 0x010F, 0x0110  # EXIF tags
_LONGEST_CAMERA = 60  # characters

# Raster formats that Pillow reads by itself, and HEIF, as iPhones write it. Left out: EPS (runs Ghostscript),
# WMF/EMF (Windows only), the stubs that only name a format (BUFR, GRIB, HDF5, MPEG), FPX and MIC (documents),
# IPTC (wraps any other).
FORMATS = (
    *("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF", "JPEG2000", "ICO", "PPM", "DIB", "TGA"),
    *("PSD", "QOI", "BLP", "CUR", "DCX", "DDS", "FITS", "FLI", "FTEX", "GBR", "ICNS", "IM", "IMT", "MCIDAS"),
    *("MSP", "PCD", "PCX", "PIXAR", "SGI", "SPIDER", "SUN", "XBM", "XPM", "XVTHUMB"),
)
# One thread for each picture: what decodes many of them works on several at once.
pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)

ImageSource = Path | bytes | BinaryIO

# What Pillow has to say about a file is said by PictureError instead. A filter for its modules, set once: the
# context manager of `warnings` swaps state that all threads share and would break in the import's pool.
warnings.filterwarnings("ignore", module=r"PIL\.")
logging.getLogger("PIL").addHandler(logging.NullHandler())
_one_big = threading.Lock()


# 16-bit values keep their brightness (65535 → 255); pictures of 12-bit cameras, which fill only the lowest
# sixteenth, are scaled by 4095, or they would be black. Float pictures: 0 to 1, or up to their own maximum.
def upright_rgb(image: Image.Image) -> Image.Image:
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode[0] in "IF":
        grey = np.nan_to_num(np.asarray(image, np.float64), posinf=0, neginf=0)
        high = max(grey.max(), 1 if image.mode == "F" else 4095 if grey.max() < 4096 else 65535)
        grey[grey == image.info.get("transparency")] = high
        image = Image.fromarray(np.uint8(np.interp(grey, (min(0, grey.min()), high), (0, 255)).round()))
    if image.has_transparency_data:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    return image if image.mode == "RGB" else image.convert("RGB")


# Hamming shrinks as finely as bicubic in little more than half the time, but enlarges in visible steps. "pad"
# fills with mid-grey: after every backbone's normalisation it lies near zero, so that the border says as
# little as the zero padding of a convolution; white would be the strongest signal in the picture.
def to_square(image: Image.Image, size: int, fit: str) -> np.ndarray:
    image.draft(None, (3 * size // 2, 3 * size // 2))
    image = upright_rgb(image)
    how = Image.Resampling.HAMMING if min(image.size) >= size else Image.Resampling.BICUBIC
    if fit == "pad":
        image.thumbnail((size, size), how, reducing_gap=None)
        image = ImageOps.pad(image, (size, size), how, (127, 127, 127))
    square = ImageOps.fit if fit == "crop" else Image.Image.resize
    return np.array(square(image, (size, size), how))


def decode(source: ImageSource, size: int, fit: Fit) -> np.ndarray:
    """Pixels for a backbone: uint8 RGB of shape (size, size, 3).

    `fit` is what happens to a picture that is not square: "stretch" squeezes it, "crop" cuts the longer side
    to the middle, "pad" fills the shorter side with grey.

    Raises:
        PictureError: too large, not a picture, of a kind that is not read, damaged or cut short.
    """
    with _open_image(source) as image:
        return to_square(image, size, fit)


def suffixes() -> set[str]:
    """Endings, without the dot, of files that may be pictures of a kind that is read."""
    return {ending[1:] for ending, name in Image.registered_extensions().items() if name in FORMATS}


def decode_small(source: ImageSource, side: int = THUMBNAIL) -> tuple[Image.Image, tuple[int, int], str]:
    """The picture upright, RGB and at most `side` × `side`, its full size as displayed, and its format.

    The whole of it is decoded. The format is Pillow's name for it.

    Raises:
        PictureError: as `decode`.
    """
    with _open_image(source) as image:
        declared, form = image.size, image.format or ""
        image.draft(None, (2 * side, 2 * side))
        drafted = image.size != declared
        image.load()  # TIFF turns itself upright here
        width, height = declared if drafted else image.size
        if image.getexif().get(_ORIENTATION) in (5, 6, 7, 8):
            width, height = height, width
        small = upright_rgb(image)
        small.thumbnail((side, side), Image.Resampling.BICUBIC)
        return small, (width, height), form


def upright_size(source: ImageSource) -> tuple[int, int]:
    """Width and height of the picture as displayed, by its header alone.

    Raises:
        PictureError: as `decode`, but for damage that is not in the header.
    """
    with _open_image(source) as image:
        is_on_its_side = image.getexif().get(_ORIENTATION) in (5, 6, 7, 8)
        return (image.height, image.width) if is_on_its_side else image.size


def camera(source: ImageSource) -> str:
    """The camera in the EXIF: maker and model on one line; "" where there is none.

    Raises:
        PictureError: as `decode`, but for damage that is not in the header.
    """
    with _open_image(source) as image:
        exif = image.getexif()
        told = (str(exif.get(tag) or "").replace("\0", " ") for tag in (_MAKE, _MODEL))
        return " ".join(" ".join(told).split())[:_LONGEST_CAMERA]


def write_thumbnail(small: Image.Image, target: Path) -> None:
    """Write what `decode_small` gave as a JPEG, which appears whole: a copy of the data set may share it."""
    content = io.BytesIO()
    small.save(content, "JPEG", quality=85)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    part.write_bytes(content.getvalue())
    system.replace(part, target)


@contextmanager
def _open_image(source: ImageSource) -> Iterator[Image.Image]:
    """The picture opened but not decoded, within the bounds; what Pillow raises becomes a PictureError."""
    with nullcontext(source) if not isinstance(source, Path) else _open_file(source) as given:
        stream = io.BytesIO(given) if isinstance(given, bytes) else given
        _check_bytes(stream)
        was_opened = False
        try:
            with Image.open(stream, formats=FORMATS) as image:
                was_opened = True
                _check_pixels(image)
                with _one_big if image.width * image.height > _BIG else nullcontext():
                    image.getexif()  # kept by Pillow; without its bytes, turning the picture does not
                    image.info.pop("exif", None)  # write them anew, which fails where they are damaged
                    yield image
        except PictureError:
            raise
        except Exception as error:  # Pillow's decoders raise anything, from KeyError to struct.error
            raise PictureError(_reason(error, stream, was_opened)) from error


@contextmanager
def _open_file(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise PictureError(f"The file cannot be opened: {error.strerror or 'it cannot be read'}.") from error


def _check_bytes(stream: BinaryIO) -> None:
    length = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if length == 0:
        raise PictureError("The file is empty.")
    if length > MAX_BYTES:
        raise PictureError(f"The file has {length / 1e6:,.0f} MB; the limit is {MAX_BYTES // 1_000_000} MB.")


def _check_pixels(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        shape = f"{image.width:,} × {image.height:,}"
        raise PictureError(f"It claims {shape} pixels; the limit is {MAX_PIXELS // 1_000_000} million.")


def _reason(error: Exception, stream: BinaryIO, was_opened: bool) -> str:
    """Why a picture was not read, in words that tell a person what to do.

    `was_opened`: its header was understood.
    """
    if isinstance(error, Image.DecompressionBombError):
        return f"It claims more pixels than the limit of {MAX_PIXELS // 1_000_000} million."
    if isinstance(error, MemoryError):
        return "The picture does not fit in this computer's memory."
    if told := headers.why_unread(stream, was_opened):
        return told
    if isinstance(error, UnidentifiedImageError):
        stream.seek(0)
        return file_kind.not_a_picture(stream.read(file_kind.ENOUGH))
    if "truncated" in str(error).lower():
        return headers.CUT
    if not was_opened and (isinstance(error, NotImplementedError) or "unsupported" in str(error).lower()):
        return "It is damaged, or of a kind that cannot be read here: save it as PNG or JPEG."
    return "The file is damaged and cannot be decoded."
