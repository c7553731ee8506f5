"""Features per second, from JPEG files: `python -m benchmarks.features [--quick]`.

Our stream of pictures through LiteRT, decoding included, against LiteRT alone and `keras.Model.predict`, both
on decoded pictures. Lite0, everything frozen; flowers5 as it is (about 365 × 272), and pictures of 500 × 375,
which take longer to decode. They take turns in one process, and the best round of each counts: disturbances
only ever make a round slower. `bound` is the share of the engine alone that is left when the same cores also
decode and nothing ever waits. Prints JSON.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import pictures
from benchmarks.common.measure import Row, at_least, finish, machine, print_table, scratch
from benchmarks.common.options import Options

BATCH = 32
QUICK = {"count": 32, "rounds": 0, "size": 32}
OF_ENGINE, OF_PREDICT = 0.8, 1.5  # wanted


@dataclass(frozen=True)
class Compared:
    """The frozen part as Keras and as LiteRT run it, and the seconds of its conversion."""

    front: Any
    engine: Any
    conversion: float


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--count", type=int, default=512, help="pictures")
    options.add_argument("--rounds", type=int, default=5, help="after a first one")
    options.set_defaults(size=224)
    args = options.read()
    before = machine()
    found: dict[str, Row] = {}
    targets = []
    with scratch() as folder:
        compared = prepare(folder / "engines", args.size)
        for kind, files in sets(folder, args.count).items():
            found[kind] = measure(compared, files, args.size, args.rounds)
            speed = found[kind]["pictures_per_second"]
            print_table(f"Pictures a second, {kind}", ("", ""), list(speed.items()))
            whole = speed["decoding and engine"]
            targets += [
                at_least(f"{kind}: share of the engine alone", OF_ENGINE, whole / speed["engine alone"]),
                at_least(f"{kind}: times predict", OF_PREDICT, whole / speed["keras predict"]),
            ]
    sizes = {"pictures": args.count, "input_size": args.size}
    finish(args.quick, before, {**sizes, "sets": found, "targets": targets})


def sets(folder: Path, count: int) -> dict[str, list[Path]]:
    """JPEG files of both kinds; flowers5 only where it is."""
    pictures.make(folder / "500 x 375", {"train": count})
    kinds = ["500 x 375"]
    if originals := sorted(pictures.FLOWERS.glob("train/*/*.jpg")):
        pictures.write_many(folder / "flowers5", originals, count)
        kinds = ["flowers5", *kinds]
    return {kind: sorted((folder / kind).rglob("*.jpg")) for kind in kinds}


def prepare(folder: Path, size: int) -> Compared:
    """Lite0's frozen part, and its engine in `folder`."""
    from tlcore.config import RunConfig
    from tlcore.graft.engines import device, litert
    from tlcore.graft.network import build

    device.set_up_device()
    front = build.build(RunConfig(input_size=size), 5).front
    assert front is not None
    converted = litert.convert(front, folder / "engine.tflite")
    return Compared(front, litert.LiteRTEngine(folder / "engine.tflite"), converted)


def measure(compared: Compared, files: list[Path], size: int, rounds: int) -> Row:
    """Pictures a second of each way, and the engine's largest difference from Keras."""
    from tlcore.graft.inputs.image_rows import ImageRows

    front, engine = compared.front, compared.engine
    source = ImageRows(files, size, "stretch")
    rows = np.arange(len(files))
    decoded = source(rows)
    ways: dict[str, Callable[[], object]] = {
        "decoding and engine": lambda: list(engine.stream(source, rows)),
        "engine alone": lambda: engine.run(decoded),
        "keras predict": lambda: front.predict(decoded, batch_size=BATCH, verbose=0),
        "decoding alone": lambda: list(source.batches(rows, BATCH)),
    }
    expected = front.predict(decoded, batch_size=BATCH, verbose=0)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for name, way in [*ways.items()] * (rounds + 1):
        began = time.perf_counter()
        way()
        seconds[name].append(time.perf_counter() - began)
    best = {name: min(times) for name, times in seconds.items()}
    return {
        "engine": f"{engine.name} {engine.version}",
        "conversion_s": round(compared.conversion, 2),
        "difference": float(np.abs(engine.run(decoded)[0] - expected).max()),
        "pictures_per_second": {name: round(len(files) / took, 1) for name, took in best.items()},
        "bound": round(best["engine alone"] / (best["engine alone"] + best["decoding alone"]), 3),
        "rounds_s": {name: [round(took, 2) for took in times] for name, times in seconds.items()},
    }


if __name__ == "__main__":
    main()
