"""Latency of a finished model for one picture on this machine, measured in a process of its own.

    python -m tlcore.graft.predict.latency RUN

Writes `speed.json` in the run's folder and prints the same as one line of JSON: `milliseconds` a picture with
decoding, `milliseconds_model` without, `parameters`. `measure` and the race start it, one process a model, so
that nothing else in the process slows the answers down.
"""

from __future__ import annotations

import itertools
import statistics
import sys
import time
from pathlib import Path

import msgspec
import numpy as np

from tlcore.errors import GraftError
from tlcore.graft.predict.predictor import load
from tlcore.runs import run_records
from tlcore.runs.run import Run
from tlcore.runs.run_records import ModelSpeed
from tlcore.runs.split_assignment import assign_splits

MEASUREMENTS = 30  # pictures, the test split's in turn
WARM_UP = 5  # pictures before that


def measure(run: Run) -> ModelSpeed:
    """Median time of one example after another, each by itself.

    Raises:
        GraftError: the model or the test examples are gone.
    """
    dataset, manifest = run.dataset(), run.manifest()
    places = assign_splits(run.config(), manifest)
    tested = [e for e, place in zip(manifest.examples, places, strict=True) if place == "test"]
    model = load(run)
    model.warm_up()
    sample = tested[:: max(1, len(tested) // MEASUREMENTS)]  # the split is sorted by class: take some of each
    rows = model.row_loader(dataset, sample)
    total_times, model_times = [], []
    for row in itertools.islice(itertools.cycle(range(len(sample))), WARM_UP + MEASUREMENTS):
        began = time.perf_counter()
        example = rows(np.array([row]))
        decoded = time.perf_counter()
        model.outputs(example)
        ended = time.perf_counter()
        total_times.append(ended - began)
        model_times.append(ended - decoded)
    return ModelSpeed(
        milliseconds=1000 * statistics.median(total_times[WARM_UP:]),
        milliseconds_model=1000 * statistics.median(model_times[WARM_UP:]),
        parameters=model.model.count_params(),
    )


def main(folder: Path) -> int:
    """Measure, write and print; return the exit code."""
    try:
        run = Run.existing(folder)
        latency = measure(run)
        run_records.write_speed(run.folder, latency)
    except GraftError as error:
        print(error, file=sys.stderr)
        return 2
    print(msgspec.json.encode(latency).decode())
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
