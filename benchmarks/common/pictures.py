"""Labelled pictures for the benchmarks: quick to make, always the same, each with its own bytes and pixels.

`make` writes FOLDER/train|val|test/<class>/*.jpg from the photos of `../shared/data/flowers5`, or from
drawings where those are absent. Every variant of one original lies in one split, so that no score profits
from copies.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

ROOT = Path(__file__).resolve().parents[2]
FLOWERS = ROOT.parent / "shared" / "data" / "flowers5"
SIZE = (500, 375)
SHARES = {"train": 0.7, "val": 0.22, "test": 0.08}  # of the originals of a class
DRAWN_CLASSES, DRAWN_ORIGINALS = 5, 30

Original = Path | tuple[int, int]  # a photo, or the class and number of a drawing


def make(folder: Path, counts: dict[str, int], size: tuple[int, int] = SIZE, drawn: bool = False) -> str:
    """Write `counts[split]` JPEGs of `size`, quality 90, per split, shared evenly by the classes.

    Args:
        drawn: draw them, although there may be photos.

    Returns:
        what they were made from: "flowers5" or "drawn".
    """
    photos = _photos() if not drawn and FLOWERS.is_dir() else {}
    classes = photos or {
        f"class {label}": [(label, number) for number in range(DRAWN_ORIGINALS)]
        for label in range(DRAWN_CLASSES)
    }
    with ThreadPoolExecutor() as pool:
        for number, (label, originals) in enumerate(classes.items()):
            for split, some in _split_originals(originals).items():
                total = counts.get(split, 0)
                count = total // len(classes) + (number < total % len(classes))
                write = partial(_write, folder / split / label, len(some), count, size)
                list(pool.map(write, enumerate(some)))
    return "flowers5" if photos else "drawn"


def _photos() -> dict[str, list[Original]]:
    """The originals of each class, in an order that says nothing about them."""
    found: dict[str, list[Original]] = {}
    for path in sorted(FLOWERS.glob("*/*/*.jpg"), key=lambda p: hashlib.sha256(p.name.encode()).digest()):
        found.setdefault(path.parent.name, []).append(path)
    return dict(sorted(found.items()))


def _split_originals(originals: list[Original]) -> dict[str, list[Original]]:
    """The originals of one class, each in one split."""
    first = round(SHARES["train"] * len(originals))
    second = first + round(SHARES["val"] * len(originals))
    return {"train": originals[:first], "val": originals[first:second], "test": originals[second:]}


def _write(
    folder: Path, stride: int, count: int, size: tuple[int, int], numbered: tuple[int, Original]
) -> None:
    """The pictures number, number + stride, … below `count` of a folder: variants of one original."""
    first, original = numbered
    if first >= count:
        return
    folder.mkdir(parents=True, exist_ok=True)
    image = _open(original)
    for number in range(first, count, stride):
        seed = f"{folder.parent.name}/{folder.name}/{number}".encode()
        random = np.random.default_rng(list(hashlib.sha256(seed).digest()))
        _variant(image, size, random).save(folder / f"{number:05d}.jpg", quality=90)


def _open(original: Original) -> Image.Image:
    if isinstance(original, Path):
        with Image.open(original) as image:
            return image.convert("RGB")
    return drawing(*original)


def drawing(label: int, number: int, size: tuple[int, int] = SIZE) -> Image.Image:
    """Clouds of colour under a fine grain; the colours tell the class."""
    random = np.random.default_rng([label, number])
    tint = np.array([150 + 100 * np.cos(2 * np.pi * (label / DRAWN_CLASSES + i / 3)) for i in range(3)])
    coarse = np.clip(tint + random.normal(0, 40, (9, 12, 3)), 0, 255).astype(np.uint8)
    smooth = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    return add_grain(smooth, 12, random)


def add_grain(image: Image.Image, strength: float, random: np.random.Generator) -> Image.Image:
    """The picture under noise of that many grey levels, as a camera's sensor adds it."""
    pixels = np.asarray(image, np.float32)
    noise = random.normal(0, strength, (*pixels.shape[:2], 1)).astype(np.float32)
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))


def _variant(image: Image.Image, size: tuple[int, int], random: np.random.Generator) -> Image.Image:
    """A random crop of at least 85 % of each side, a little brighter or darker."""
    width, height = image.size
    share = random.uniform(0.85, 1)
    left, top = random.uniform(0, 1 - share, 2) * (width, height)
    box = (left, top, left + share * width, top + share * height)
    small = image.resize(size, Image.Resampling.BICUBIC, box)
    return ImageEnhance.Brightness(small).enhance(random.uniform(0.85, 1.15))


def write_many(folder: Path, base: list[Path], count: int) -> None:
    """`count` JPEGs in class folders: the base pictures over and over, each with a comment of its own."""
    for number in range(count):
        source = base[number % len(base)]
        target = folder / source.parent.name / f"{number:06d}.jpg"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_with_comment(source.read_bytes(), f"number {number}"))


def _with_comment(jpeg: bytes, text: str) -> bytes:
    note = text.encode()
    return jpeg[:2] + b"\xff\xfe" + (len(note) + 2).to_bytes(2, "big") + note + jpeg[2:]


def photos_or_drawings(count: int) -> Iterator[Image.Image]:
    """That many different pictures: photos where there are any, else drawings."""
    originals = [one for group in zip(*_photos().values(), strict=False) for one in group]
    for number in range(count):
        if originals:
            yield _open(originals[number % len(originals)])
        else:
            yield drawing(number % DRAWN_CLASSES, number)
