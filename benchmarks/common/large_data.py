"""Large data sets for the benchmarks, quick to write: small pictures, all different, and short texts."""

from __future__ import annotations

import csv
import random
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = 10
SIDE = 96  # pixels
COPIES = 50  # of so many pictures one is a near copy of the one before it
QUALITY, QUALITY_OF_COPY = 90, 60
BLOCK = 1000  # pictures that one process writes in one go
SUBJECTS = ("card", "account", "transfer", "parcel", "ticket", "room", "flight", "invoice", "order", "lamp")
VERBS = ("open", "close", "find", "move", "change", "cancel", "check", "send", "return", "repair")
PLACES = ("at home", "in the shop", "on the way", "near the station", "by phone", "on the page", "abroad")


def write_pictures(folder: Path, count: int) -> None:
    """`count` JPEGs of 96 × 96 pixels in ten class folders; the colours tell the class."""
    with ProcessPoolExecutor() as pool:
        list(pool.map(partial(_write_block, folder, count), range(0, count, BLOCK)))


def _write_block(folder: Path, count: int, first: int) -> None:
    for number in range(first, min(first + BLOCK, count)):
        label = number // COPIES % CLASSES
        place = folder / f"class {label}"
        place.mkdir(parents=True, exist_ok=True)
        is_copy = number % COPIES == 1
        picture(label, number - is_copy).save(
            place / f"{number:06d}.jpg", quality=QUALITY_OF_COPY if is_copy else QUALITY
        )


def picture(label: int, number: int) -> Image.Image:
    """Soft patches of colour: the same for the same numbers, like no other else."""
    draw = np.random.default_rng([label, number])
    tint = 128 + 30 * np.cos(2 * np.pi * (label / CLASSES + np.arange(3) / 3))
    patches = np.clip(tint + draw.normal(0, 45, (6, 8, 3)), 0, 255).astype(np.uint8)
    return Image.fromarray(patches).resize((SIDE, SIDE), Image.Resampling.BICUBIC)


def write_texts(path: Path, count: int) -> None:
    """A table of `count` short texts and their classes, each a sentence that says its class by one word."""
    draw = random.Random(0)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("text", "label"))
        for number in range(count):
            label = draw.randrange(CLASSES)
            words = (draw.choice(SUBJECTS), draw.choice(PLACES), _name(number))
            table.writerow(
                (f"I want to {VERBS[label]} my {words[0]} {words[1]} with {words[2]}.", label_name(label))
            )


def label_name(label: int) -> str:
    """The name of a class of texts."""
    return f"to {VERBS[label]}"


def _name(number: int) -> str:
    """A made-up name for each number: in letters, since texts that differ in digits alone are near copies."""
    return "".join("bdfgklmnprstvz"[int(d) % 14] + "aeiou"[int(d) % 5] for d in f"{number:07d}")
