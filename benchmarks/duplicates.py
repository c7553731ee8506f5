"""Duplicates found among real pictures, and false alarms.

    python -m benchmarks.duplicates [--quick] [--data FOLDER]

Each picture of flowers5 and caltech10_easy gets one copy, made in one of several ways, and the set is
imported with its copies; once for each way, so that in the end every picture was copied in every way. Then
the search for pairs among many hashes, a tenth of them near copies: by the index, and by comparing all with
all. Prints JSON: the share of copies that came into one group with their original, by way; the groups that
untouched pictures form, without copies beside them and with; the seconds of both searches, and whether they
found the same.
"""

from __future__ import annotations

import io
import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from benchmarks.common import sets
from benchmarks.common.measure import Row, at_least, at_most, finish, machine, print_table, scratch
from benchmarks.common.options import Options
from tlcore.data.dataset import Dataset
from tlcore.data.hash_index import MOST_BITS, near_pairs
from tlcore.data.importing.importer import import_data, near_copies
from tlcore.data.manifest import Manifest

SETS = ("flowers5", "caltech10_easy")
FOUND, FALSE = 0.95, 0.01  # of the copies at least, and of the untouched pictures at most
QUICK = {"sets": ["drawn"], "rounds": 1, "hashes": [2000]}
ROWS = 128  # compared with all at once
MARK = "~copy"  # behind the name of an original: the name of its copy

Random = np.random.Generator
Made = tuple[str, bytes]  # the ending and the content of a copy


def encode(image: Image.Image, form: str, quality: int) -> bytes:
    """A picture as a file; PNG takes no notice of the quality."""
    out = io.BytesIO()
    image.save(out, form, quality=quality)
    return out.getvalue()


def scale(image: Image.Image, random: Random) -> Image.Image:
    """Smaller, down to 40 %, or larger, up to 150 %."""
    factor = random.uniform(0.4, 0.9) if random.random() < 0.7 else random.uniform(1.1, 1.5)
    return ImageOps.scale(image, factor, Image.Resampling.BICUBIC)


def crop(image: Image.Image, random: Random) -> Image.Image:
    """Up to 2 % of the width and of the height cut off, at any side."""
    width, height = image.size
    left, right, top, bottom = random.uniform(0, 0.01, 4) * (width, width, height, height)
    return image.crop((round(left), round(top), width - round(right), height - round(bottom)))


def relight(image: Image.Image, random: Random) -> Image.Image:
    """Darker, down to 75 %, or brighter, up to 130 %."""
    factor = random.uniform(0.75, 0.9) if random.random() < 0.5 else random.uniform(1.1, 1.3)
    return ImageEnhance.Brightness(image).enhance(factor)


def convert(image: Image.Image, random: Random) -> Made:
    """In another file format."""
    form = str(random.choice(["PNG", "WEBP", "HEIF"]))
    return f".{form.lower()}", encode(image, form, 80)


def reencode(image: Image.Image, random: Random) -> Made:
    """As a JPEG of a quality from 50 to 85."""
    return ".jpg", encode(image, "JPEG", int(random.integers(50, 86)))


def all_at_once(image: Image.Image, random: Random) -> Made:
    """A picture that was passed on: cut, scaled, lit and encoded anew."""
    return reencode(scale(relight(crop(image, random), random), random), random)


def _as_jpeg(change: Callable[[Image.Image, Random], Image.Image]) -> Callable[[Image.Image, Random], Made]:
    return lambda image, random: (".jpg", encode(change(image, random), "JPEG", 92))


WAYS: dict[str, Callable[[Image.Image, Random], Made] | None] = {
    "the same bytes": None,
    "resized": _as_jpeg(scale),
    "JPEG quality 50 to 85": reencode,
    "cropped by up to 2 %": _as_jpeg(crop),
    "brightness": _as_jpeg(relight),
    "another format": convert,
    "all at once": all_at_once,
}


def plant(sent: Path, first: int) -> dict[str, str]:
    """A copy beside each picture, in the ways one after the other; the way by the path of the original."""
    ways = {}
    pictures = sorted(path for path in sent.glob("**/*") if path.suffix.lower() in (".jpg", ".png"))
    for number, original in enumerate(pictures):
        way = ways[original.relative_to(sent).as_posix()] = list(WAYS)[(number + first) % len(WAYS)]
        make = WAYS[way]
        ending, content = original.suffix, original.read_bytes()
        if make is not None:
            with Image.open(original) as image:
                ending, content = make(image.convert("RGB"), np.random.default_rng([first, number]))
        original.with_name(f"{original.stem}{MARK}{ending}").write_bytes(content)
    return ways


def groups_of(manifest: Manifest) -> list[list[str]]:
    """The groups that look alike, as paths; what has the same bytes is in its group by itself."""
    names: dict[str, list[str]] = {}
    for example in manifest.examples:
        names.setdefault(example.sha256, []).append(example.name)
    alike = [
        *manifest.alike,
        *((sha256,) for sha256 in names.keys() - {s for g in manifest.alike for s in g}),
    ]
    return [sorted(name for sha256 in group for name in names[sha256]) for group in alike]


def stem(name: str) -> str:
    """A path without the ending."""
    return str(Path(name).with_suffix(""))


def false_groups(groups: list[list[str]]) -> list[list[str]]:
    """Of each group the pictures that are no copies of ours, where there are several."""
    found = ([name for name in group if not stem(name).endswith(MARK)] for group in groups)
    return [group for group in found if len(group) > 1]


def measure(name: str, source: Path, folder: Path, rounds: int) -> Row:
    """Import the set as it is, then `rounds` times with copies, each time made in other ways."""
    began = time.perf_counter()
    plain = import_data(source, folder / "plain", name=name)
    seconds = time.perf_counter() - began
    made, found = Counter[str](), Counter[str]()
    together: list[list[str]] = false_groups(groups_of(plain))
    beside: set[tuple[str, ...]] = set()
    searching = 0.0
    for number in range(rounds):
        sent = folder / "sent"
        shutil.copytree(source, sent)
        ways = plant(sent, number)
        dataset = Dataset(folder / f"with-{number}")
        manifest = import_data(sent, dataset.folder, name=name)
        groups = groups_of(manifest)
        beside.update(map(tuple, false_groups(groups)))
        group_of = {file: at for at, group in enumerate(groups) for file in group}
        copies = {stem(file): file for file in group_of}
        for original, way in ways.items():
            made[way] += 1
            copy = copies[stem(original) + MARK]
            found[way] += group_of[copy] == group_of[original]
        began = time.perf_counter()
        near_copies(dataset, (manifest,))
        searching = max(searching, time.perf_counter() - began)
        shutil.rmtree(sent)
    return {
        "set": name,
        "pictures": len(plain.examples),
        "found": {way: [found[way], made[way]] for way in made},
        "together": together,
        "together_beside_copies": sorted(map(list, beside)),
        "import_s": round(seconds, 2),
        "searching_with_copies_s": round(searching, 2),
    }


def many_hashes(count: int) -> np.ndarray:
    """Random hashes, every tenth of them another one with up to three bits changed."""
    random = np.random.default_rng(0)
    hashes = random.integers(0, 1 << 63, count, dtype=np.uint64)
    copies = hashes[: count // 10].copy()
    for _ in range(3):
        copies ^= np.uint64(1) << random.integers(0, 64, len(copies)).astype(np.uint64)
    hashes[-len(copies) :] = copies
    return hashes


def all_pairs(hashes: np.ndarray) -> np.ndarray:
    """What `near_pairs` finds among hashes of which none has many near ones, by comparing all with all."""
    found = []
    for start in range(0, len(hashes), ROWS):
        bits = np.bitwise_count(hashes[start : start + ROWS, None] ^ hashes[None])
        one, other = np.nonzero(bits <= MOST_BITS)
        found.append(np.stack([one + start, other], axis=1))
    pairs = np.concatenate(found)
    return pairs[pairs[:, 0] < pairs[:, 1]]


def search(count: int) -> Row:
    """Both searches among so many hashes."""
    hashes = many_hashes(count)
    began = time.perf_counter()
    found = near_pairs(hashes)
    between = time.perf_counter()
    before = all_pairs(hashes)
    return {
        "hashes": count,
        "index_s": round(between - began, 2),
        "all_with_all_s": round(time.perf_counter() - between, 2),
        "pairs": len(found),
        "same": bool(np.array_equal(found, before)),
    }


def false_share(row: Row) -> float:
    """The share of untouched pictures that are in a group.

    In 2026 that was one pair, two clean drawings of the stop sign of caltech10_easy: no copies, but so alike
    that the one in training tells the answer to the other.
    """
    return sum(map(len, row["together"])) / row["pictures"]


def targets(rows: list[Row]) -> list[Row]:
    """The least share of copies that is found, and the largest one of false alarms."""
    return [
        target
        for row in rows
        for target in (
            at_least(f"found_{row['set']}", FOUND, share(row["found"].values())),
            at_most(f"false_alarms_{row['set']}", FALSE, false_share(row)),
        )
    ]


def share(counts: object) -> float:
    """Of pairs (found, made): the share found."""
    pairs = [tuple(pair) for pair in counts]  # type: ignore[attr-defined]
    return sum(found for found, _ in pairs) / sum(made for _, made in pairs)


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--data", type=Path, default=sets.SHARED, help="where the data sets lie")
    options.set_defaults(sets=SETS, rounds=len(WAYS), hashes=[5000, 20_000, 100_000])
    args = options.read()
    before = machine()
    with scratch() as folder:
        rows = [
            measure(name, source, folder / f"work-{name}", args.rounds)
            for name, source in sets.gather(args.sets, args.data, folder).items()
        ]
    searches = [search(count) for count in args.hashes]
    for row in rows:
        counted = [(way, *counts, counts[0] / counts[1]) for way, counts in row["found"].items()]
        print_table(f"Copies in {row['set']}", ("", "found", "made", "share"), counted)
        print_table(
            "Untouched pictures in one group", ("",), [(" = ".join(group),) for group in row["together"]]
        )
    columns = ("hashes", "index_s", "all_with_all_s", "pairs", "same")
    print_table("Search for pairs", columns, [tuple(row[name] for name in columns) for row in searches])
    finish(args.quick, before, {"sets": rows, "searches": searches, "targets": targets(rows)})


if __name__ == "__main__":
    main()
