"""Planted shortcuts that are found, and false alarms: `python -m benchmarks.shortcuts [--quick]`.

The four sets of real pictures are imported as they are: nothing should be found in them. Then nine of ten
pictures of one class of flowers5 and of caltech10_easy are changed in one way, such as made grey, and the set
is imported again: that class should be found. Another class beside it is shown and does not count. Prints
JSON: the planted and the found, the false alarms, the share of the classes that a tree on such traits
predicts (cross-validated), the share by guessing, and the seconds for 10,000 pictures.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
from PIL import Image, ImageOps

from benchmarks.common import sets
from benchmarks.common.measure import Row, at_least, at_most, finish, machine, print_table, scratch
from benchmarks.common.options import Options
from tlcore.data.checks import shortcuts
from tlcore.data.checks.problem import CheckInput
from tlcore.data.importing.importer import import_data
from tlcore.data.manifest import Manifest

SETS = ("flowers5", "caltech10_easy", "signdigits10", "bloodcells3")
PLANTED = {"flowers5": "roses", "caltech10_easy": "watch", "drawn": "class 0"}  # the class that is changed
QUICK = {"sets": ["drawn"], "ways": ["colour", "shape"]}
MANY = 10_000  # pictures
SECONDS = 1.0


def grey(image: Image.Image, file: Path) -> None:
    image.convert("L").save(file, quality=90)


def square(image: Image.Image, file: Path) -> None:
    ImageOps.fit(image, (min(image.size),) * 2).save(file, quality=90)


def framed(image: Image.Image, file: Path) -> None:
    ImageOps.expand(image, max(image.size) // 20, "black").save(file, quality=90)


def png(image: Image.Image, file: Path) -> None:
    image.save(file.with_suffix(".png"))


def with_camera(image: Image.Image, file: Path) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Canon", "Canon EOS 450D"
    image.save(file, quality=90, exif=exif)


WAYS: dict[str, Callable[[Image.Image, Path], None]] = {
    "colour": grey,
    "shape": square,
    "border": framed,
    "file kind": png,
    "camera": with_camera,
}


def plant(folder: Path, label: str, way: str) -> None:
    """Change nine of ten pictures of one class, wherever below `folder` it lies."""
    for number, file in enumerate(sorted(folder.glob(f"**/{label}/*.*"))):
        if number % 10:
            with Image.open(file) as image:
                whole = image.convert("RGB")
            file.unlink()
            WAYS[way](whole, file.with_suffix(".jpg"))


def import_dataset(source: Path, folder: Path) -> Manifest:
    manifest = import_data(source, folder, name=source.name)
    shutil.rmtree(folder)
    return manifest


def look(manifest: Manifest) -> Row:
    """The problems found in it, in words, and how much such traits explain."""
    found = shortcuts.shortcut(CheckInput(None, manifest, {}))
    told = {key for group in found.groups for key in group} if found else set()
    return {
        "classes": sorted({e.label for e in manifest.examples if e.key in told}),
        "said": found.message if found else "",
        "explained": shortcuts.trait_accuracy(manifest),
        "guessing": 1 / len(manifest.classes),
    }


def measure(name: str, source: Path, ways: Iterable[str], folder: Path) -> list[Row]:
    """The set as it is, and with each of the shortcuts planted."""
    rows = [{"set": name, "planted": ""} | look(import_dataset(source, folder / "set"))]
    for way in ways:
        shutil.copytree(source, folder / "planted")
        plant(folder / "planted", PLANTED[name], way)
        rows.append({"set": name, "planted": way} | look(import_dataset(folder / "planted", folder / "set")))
        shutil.rmtree(folder / "planted")
    return rows


def seconds(source: Path, folder: Path) -> float:
    """For a check of many pictures in which there is a shortcut; the second of two, when all is loaded."""
    few = import_data(source, folder, name="x")
    odd = [
        msgspec.structs.replace(e, look=msgspec.structs.replace(e.look, chroma=0))
        if e.look and e.label == few.classes[0]
        else e
        for e in few.examples
    ]
    many = msgspec.structs.replace(few, examples=tuple(odd * (MANY // len(odd) + 1))[:MANY])
    for _ in range(2):
        began = time.perf_counter()
        assert shortcuts.shortcut(CheckInput(None, many, {})) is not None
        took = time.perf_counter() - began
    return took


def targets(rows: list[Row], took: float) -> list[Row]:
    planted = [row for row in rows if row["planted"]]
    found = sum(PLANTED[row["set"]] in row["classes"] for row in planted)
    false = sum(bool(row["classes"]) for row in rows if not row["planted"])
    return [
        at_least("found_of_planted", 1.0, found / len(planted)),
        at_most("false_findings", 0, false),
        at_most(f"seconds_for_{MANY}", SECONDS, took),
    ]


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--data", type=Path, default=sets.SHARED, help="where the data sets lie")
    options.set_defaults(sets=SETS, ways=WAYS)
    args = options.read()
    before = machine()
    rows: list[Row] = []
    with scratch() as folder:
        sources = sets.gather(args.sets, args.data, folder)
        for name, source in sources.items():
            rows += measure(name, source, args.ways if name in PLANTED else (), folder)
        took = seconds(sources[args.sets[0]], folder / "many")
    print_table(
        "What gives a class away",
        ("set", "planted", "found", "explained", "guessing"),
        [
            (row["set"], row["planted"], ", ".join(row["classes"]), row["explained"], row["guessing"])
            for row in rows
        ],
    )
    finish(args.quick, before, {"sets": rows, "seconds": took, "targets": targets(rows, took)})


if __name__ == "__main__":
    main()
