"""Milliseconds to decode photos of 12 megapixels: `python -m benchmarks.decoding [--quick]`.

`tlcore.data.images.decode.decode`, which lets the JPEG decoder do most of the shrinking, against decoding
every pixel with Pillow and the same resize. One thread; the two take turns over the same files. The same for
pictures of 500 × 375. Both must read all compressed bits, which grows with the size of the file, so the
photos come with little, some and much camera grain; the target applies to the middle one. The largest
difference of a pixel (of 255) shows that both see the same picture. Prints JSON.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from benchmarks.common import pictures as common_pictures
from benchmarks.common.measure import Row, at_least, finish, machine, print_table, scratch
from benchmarks.common.options import Options
from tlcore.data.images import decode as images_decode

SIDE = 224  # of the network's input, pixels
PHOTO, SMALL = (4000, 3000), common_pictures.SIZE  # pixels
SORTS = {  # size, grain in grey levels, files for each of `--count`
    "12 megapixels, smooth": (PHOTO, 0, 1),
    "12 megapixels": (PHOTO, 4, 1),
    "12 megapixels, grainy": (PHOTO, 9, 1),
    "500 x 375": (SMALL, 4, 8),
}
WANTED = 5  # times faster
QUICK = {"count": 1, "rounds": 1, "shrink": 8}
Decode = Callable[[Path], np.ndarray]


def ours(file: Path) -> np.ndarray:
    return images_decode.decode(file, SIDE, "stretch")


def full(file: Path) -> np.ndarray:
    """Every pixel decoded, then the same resize; Pillow's are antialiased."""
    with Image.open(file) as image:
        whole = ImageOps.exif_transpose(image).convert("RGB")
    return np.array(whole.resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def photos(folder: Path, count: int, size: tuple[int, int], grain: float) -> list[Path]:
    """JPEGs of `size`, quality 90, under a camera's grain."""
    folder.mkdir()
    files = []
    for number, image in enumerate(common_pictures.photos_or_drawings(count)):
        large = image.resize(size, Image.Resampling.BICUBIC)
        files.append(folder / f"{number}.jpg")
        common_pictures.add_grain(large, grain, np.random.default_rng(number)).save(files[-1], quality=90)
    return files


def milliseconds(decode: Decode, files: list[Path]) -> float:
    """Milliseconds for one picture."""
    began = time.perf_counter()
    for file in files:
        decode(file)
    return 1000 * (time.perf_counter() - began) / len(files)


def compare(files: list[Path], rounds: int) -> Row:
    """Both by turns, the medians of the rounds; the first look at the files is not counted."""
    apart = [np.abs(ours(file).astype(int) - full(file)) for file in files]
    told = [(milliseconds(ours, files), milliseconds(full, files)) for _ in range(rounds)]
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
    options = Options(__doc__, QUICK)
    options.add_argument(
        "--count", type=int, default=6, help="pictures of each kind, 8 times that of the small"
    )
    options.add_argument("--rounds", type=int, default=5)
    options.set_defaults(shrink=1)  # how many times smaller the pictures are
    args = options.read()
    before = machine()
    found: dict[str, Row] = {}
    with scratch() as folder:
        for name, ((width, height), grain, more) in SORTS.items():
            size = width // args.shrink, height // args.shrink
            found[name] = compare(photos(folder / name, args.count * more, size, grain), args.rounds)
    head = ("", *(key.replace("_", " ") for key in found["12 megapixels"]))
    print_table(
        f"One picture to {SIDE} × {SIDE}", head, [(name, *row.values()) for name, row in found.items()]
    )
    target = at_least("12_megapixels_times_faster", WANTED, found["12 megapixels"]["times_faster"])
    finish(args.quick, before, {"input_size": SIDE, "decoded": found, "targets": [target]})


if __name__ == "__main__":
    main()
