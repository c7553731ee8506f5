"""Photos of 12 megapixels to the network's square: `python -m benchmarks.decoding [--quick]`.

`tlcore.data.pictures.decode`, which lets the JPEG decoder do most of the shrinking, against decoding every
pixel with Pillow and the same resize. One thread, the two by turns over the same files; the same for pictures
of 500 × 375. The largest difference of a pixel (of 255) shows that both see the same picture. Prints JSON.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from benchmarks import _pictures
from benchmarks._measure import Row, at_least, finish, machine, scratch, tell
from tlcore.data import pictures

SIDE = 224  # of the network's input, pixels
PHOTO, GRAIN = (4000, 3000), 6  # pixels; grey levels of a camera's noise
WANTED = 5  # times faster
Decode = Callable[[Path], np.ndarray]


def ours(file: Path) -> np.ndarray:
    return pictures.decode(file, SIDE, "stretch")


def full(file: Path) -> np.ndarray:
    """Every pixel decoded, then the same resize; Pillow's are antialiased."""
    with Image.open(file) as image:
        whole = ImageOps.exif_transpose(image).convert("RGB")
    return np.array(whole.resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def photos(folder: Path, count: int, size: tuple[int, int]) -> list[Path]:
    """JPEGs of `size`, quality 90, with a camera's grain: without it, an enlarged picture decodes too easily."""
    folder.mkdir()
    files = []
    for number, image in enumerate(_pictures.some(count)):
        large = image.resize(size, Image.Resampling.BICUBIC)
        files.append(folder / f"{number}.jpg")
        _pictures.grained(large, GRAIN, np.random.default_rng(number)).save(files[-1], quality=90)
    return files


def timed(decode: Decode, files: list[Path]) -> float:
    """Milliseconds for one picture."""
    began = time.perf_counter()
    for file in files:
        decode(file)
    return 1000 * (time.perf_counter() - began) / len(files)


def compared(files: list[Path], rounds: int) -> Row:
    """Both by turns, the medians of the rounds; the first look at the files is not counted."""
    apart = [np.abs(ours(file).astype(int) - full(file)) for file in files]
    told = [(timed(ours, files), timed(full, files)) for _ in range(rounds)]
    fast, slow = (statistics.median(times) for times in zip(*told, strict=True))
    return {
        "pictures": len(files),
        "megabytes_each": round(statistics.mean(file.stat().st_size for file in files) / 1e6, 2),
        "ours_ms": round(fast, 2),
        "full_decoding_ms": round(slow, 2),
        "times_faster": round(slow / fast, 2),
        "largest_difference": int(max(each.max() for each in apart)),
        "mean_difference": round(float(np.mean(apart)), 2),
    }


def main() -> None:
    """Print the figures as one JSON object."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--quick", action="store_true", help="2 pictures, 2 rounds")
    options.add_argument("--count", type=int, default=12, help="pictures of each size")
    options.add_argument("--rounds", type=int, default=5)
    args = options.parse_args()
    count, rounds = (2, 2) if args.quick else (args.count, args.rounds)
    before = machine()
    found: Row = {"input_size": SIDE}
    with scratch() as folder:
        for name, size, more in (("12_megapixels", PHOTO, 1), ("500x375", _pictures.SIZE, 4)):
            found[name] = compared(photos(folder / name, count * more, size), rounds)
    sizes = [name for name in found if name != "input_size"]
    head = ("", *(key.replace("_", " ") for key in found[sizes[0]]))
    tell("One picture to 224 × 224", head, [(name, *found[name].values()) for name in sizes])
    found["targets"] = [
        at_least("12_megapixels_times_faster", WANTED, found["12_megapixels"]["times_faster"])
    ]
    finish(args.quick, before, found)


if __name__ == "__main__":
    main()
