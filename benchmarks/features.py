"""Features per second, from JPEG files: `python -m benchmarks.features [--quick]`.

Our stream of pictures through LiteRT, decoding included, against that engine alone on pictures that are
decoded already, and against `keras.Model.predict` on those. Lite0, everything frozen, pictures of 500 × 375.
By turns in one process; the medians of the rounds count, and their ratios. Prints JSON.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks import _pictures
from benchmarks._measure import Row, at_least, finish, machine, scratch, tell

BATCH = 32
OF_ENGINE, OF_PREDICT = 0.8, 1.5  # wanted


def main() -> None:
    """Print the figures as one JSON object."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--quick", action="store_true", help="64 pictures at 64 pixels, 1 round")
    options.add_argument("--count", type=int, default=512, help="pictures")
    options.add_argument("--rounds", type=int, default=5)
    args = options.parse_args()
    count, rounds, size = (64, 1, 64) if args.quick else (args.count, args.rounds, 224)
    before = machine()
    with scratch() as folder:
        _pictures.make(folder / "data", {"train": count})
        found = measure(sorted((folder / "data").rglob("*.jpg")), folder / "engines", size, rounds)
    speed = found["pictures_per_second"]
    tell("Pictures a second", ("", ""), list(speed.items()))
    whole = speed["decoding and engine"]
    targets = [
        at_least("share_of_the_engine_alone", OF_ENGINE, whole / speed["engine alone"]),
        at_least("times_predict", OF_PREDICT, whole / speed["keras predict"]),
    ]
    finish(args.quick, before, {"pictures": count, "input_size": size, **found, "targets": targets})


def measure(files: list[Path], folder: Path, size: int, rounds: int) -> Row:
    """Pictures a second of each way, and the engine's largest difference from Keras."""
    from tlcore.config import RunConfig
    from tlcore.graft import device, litert, model
    from tlcore.graft.decoding import Pictures

    device.set_up()
    front = model.build(RunConfig(input_size=size), 5).front
    assert front is not None
    converted = litert.convert(front, folder / "engine.tflite")
    engine = litert.LiteRTEngine(folder / "engine.tflite")
    source = Pictures(files, size, "stretch")
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
    median = {name: statistics.median(times[1:]) for name, times in seconds.items()}  # the first warms up
    return {
        "engine": f"{engine.name} {engine.version}",
        "conversion_s": round(converted, 2),
        "difference": float(np.abs(engine.run(decoded)[0] - expected).max()),
        "pictures_per_second": {name: round(len(files) / took, 1) for name, took in median.items()},
        "rounds_s": {name: [round(took, 2) for took in times] for name, times in seconds.items()},
    }


if __name__ == "__main__":
    main()
