"""Time and memory for growing numbers of pictures and texts: `python -m benchmarks.growth [--quick]`.

1,000, 4,000 and 16,000 pictures, everything frozen, one `train` command each: the time of the frozen part for
each picture and the peak of the worker's memory, which should not grow. Left out are importing the pictures
and TensorFlow, and the start of the frozen part before its first picture.

`--pictures N` or `--texts N`, instead: every stage from the import to the Evaluate page for a tenth of that
and for N, on small drawn pictures (96 × 96 pixels, one in 50 a near copy) or short sentences. Each stage has
a process of its own; `--stages` chooses some. With `--folder` everything stays there, and a later command can
measure some stages again without importing anew. Measured are its seconds, and the peak of the memory of the
process and its children that the system cannot take back (`anonymous`, as only Linux reports). Prints JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
from pathlib import Path

from benchmarks.common import large_stages, pictures
from benchmarks.common.measure import (
    Home,
    Row,
    Watch,
    answer,
    at_most,
    engine,
    finish,
    import_dataset,
    machine,
    print_table,
    scratch,
)
from benchmarks.common.options import Options

BACKBONE = "efficientnet_lite0"
BASE = 250  # different pictures; the others are these under other bytes, so that none is taken for another
QUICK = {"counts": [64], "size": 32, "epochs": 1, "pictures": 600, "texts": 600, "stages": ["import", "edit"]}
FLAT_TIME, FLAT_MEMORY = 1.2, 300  # times the quickest, megabytes above the smallest


def train(home: Home, base: list[Path], count: int, size: int, epochs: int, wanted: str = "auto") -> Row:
    """One `train` command over `count` pictures, the frozen part on the engine that is `wanted`."""
    pictures.write_many(home.folder / "pictures", base, count)
    data, import_seconds = import_dataset(home, home.folder / "pictures", "pictures")
    config = home.folder / "config.json"
    training = {"epochs": epochs, "patience": 0}
    settings = {"backbone": BACKBONE, "input_size": size, "engine": wanted, "training": training}
    config.write_text(json.dumps(settings))
    watch = Watch(home.folder / "run", measure_memory=True)
    process = home.start("tlcore", "train", data, "--out", watch.run, "--config", config, "--json")
    watch.follow(process)
    answer(process)
    return {
        "pictures": count,
        "engine": engine(watch.run),
        "ms_per_picture": round(1000 * watch.pace("features", count), 3),
        **{f"{kind}_mb": round(peak / 1e6) for kind, peak in watch.memory.items()},
        "stages_s": watch.seconds(),
        "import_data_set_s": round(import_seconds, 2),
    }


def measure_size(
    folder: Path, warm: Path | None, base: list[Path], count: int, size: int, epochs: int
) -> Row:
    """The same in a workspace without features, but with what `warm` converted; gone afterwards."""
    home = Home(folder / f"home-{count}", warm / "weights" if warm else None)
    if warm and (warm / "engines").is_dir():
        shutil.copytree(warm / "engines", home.folder / "cache" / "engines")
    try:
        return train(home, base, count, size, epochs)
    finally:
        shutil.rmtree(home.folder, ignore_errors=True)


def measure(folder: Path, counts: list[int], size: int, epochs: int, quick: bool) -> Row:
    """One row for each number of pictures."""
    made_of = pictures.make(folder / "base", {"train": min(BASE, *counts)})
    base = sorted((folder / "base").rglob("*.jpg"), key=lambda path: (path.name, path.parent.name))
    warm = None
    if not quick:
        train(Home(folder / "warm"), base, len(base), size, 1, "litert")
        warm = folder / "warm" / "cache"
    return {
        "backbone": BACKBONE,
        "input_size": size,
        "epochs": epochs,
        "made_of": made_of,
        "size": list(pictures.SIZE),
        "sizes": [measure_size(folder, warm, base, count, size, epochs) for count in counts],
    }


def targets(rows: list[Row]) -> list[Row]:
    """Ratios between the numbers of pictures, in time and in each kind of memory."""
    times = [row["ms_per_picture"] for row in rows]
    found = [at_most("slowest_to_quickest_time_per_picture", FLAT_TIME, max(times) / min(times))]
    for kind in ("anonymous_mb", "rss_mb"):
        if all(kind in row for row in rows):
            peaks = [row[kind] for row in rows]
            found.append(at_most(f"{kind}_most_above_least", FLAT_MEMORY, max(peaks) - min(peaks)))
    return found


def grow(args: argparse.Namespace) -> Row:
    """The figures of the growing numbers of pictures that are trained on."""
    with scratch() as folder:
        found = measure(folder, args.counts, args.size, args.epochs, args.quick)
    columns = ("pictures", "engine", "ms_per_picture", "anonymous_mb", "rss_mb", "import_data_set_s")
    rows = [
        (*(row.get(name) for name in columns), row["stages_s"]["features"], row["stages_s"]["training"])
        for row in found["sizes"]
    ]
    head = ("pictures", "engine", "ms each", "anonymous MB", "rss MB", "import s", "features s", "training s")
    print_table("More pictures", head, rows)
    return found | {"targets": targets(found["sizes"])}


def large(args: argparse.Namespace) -> Row:
    """The figures of each stage on large data sets."""
    found: Row = {"large": {}, "targets": []}
    for kind, count in (("pictures", args.pictures), ("texts", args.texts)):
        if count:
            with contextlib.nullcontext(args.folder) if args.folder else scratch() as folder:
                rows = large_stages.measure(folder, kind, count, args.stages)
            large_stages.show(kind, rows)
            found["large"][kind] = rows
            found["targets"] += large_stages.targets(kind, rows)
    return found


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--counts", type=int, nargs="+", default=[1000, 4000, 16000])
    options.add_argument("--size", type=int, default=224, help="of the network's input, pixels")
    options.add_argument("--epochs", type=int, default=2)
    options.add_argument("--pictures", type=int, default=0, metavar="N", help="all stages for so many")
    options.add_argument("--texts", type=int, default=0, metavar="N", help="all stages for so many")
    options.add_argument("--folder", type=Path, help="where to work, and to keep what that makes")
    options.add_argument("--stages", nargs="+", choices=large_stages.STAGES, default=large_stages.STAGES)
    args = options.read()
    before = machine()
    found: Row = {"targets": []}
    if args.quick or not (args.pictures or args.texts):
        found |= grow(args)
    more = large(args)
    targets_of_all = found["targets"] + more["targets"]
    finish(args.quick, before, found | more | {"targets": targets_of_all})


if __name__ == "__main__":
    main()
