"""How long a finished model takes for one picture on this machine, measured in a process of its own.

    python -m tlcore.graft.predict.latency RUN

Keeps `speed.json` in the run's folder and prints the same as one line of JSON: `milliseconds` a picture with
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

from tlcore.errors import DataError, GraftError
from tlcore.graft.predict.predictor import LoadedModel
from tlcore.runs import run_records
from tlcore.runs.run import Run
from tlcore.runs.run_records import ModelSpeed

MEASUREMENTS = 30  # pictures, the test split's in turn
WARM_UP = 5  # pictures before that


def measure(run: Run) -> ModelSpeed:
    """Median time of one example after another, each by itself.

    Raises:
        GraftError: the model or the test examples are gone.
    """
    dataset, manifest = run.dataset(), run.manifest()
    known = {example.sha256: example for example in manifest.examples}
    tested = [known[answer.sha256] for answer in run.report().test.predictions if answer.sha256 in known]
    if not tested:
        raise DataError("None of the run's test examples is there any more.", received=dataset.id)
    answerer = LoadedModel(run)
    answerer.warm_up()
    asked = tested[:: max(1, len(tested) // MEASUREMENTS)]  # the split is sorted by class: take some of each
    given = answerer.given(dataset, asked)
    whole, model = [], []
    for row in itertools.islice(itertools.cycle(range(len(asked))), WARM_UP + MEASUREMENTS):
        began = time.perf_counter()
        example = given(np.array([row]))
        decoded = time.perf_counter()
        answerer.probabilities(example)
        ended = time.perf_counter()
        whole.append(ended - began)
        model.append(ended - decoded)
    return ModelSpeed(
        milliseconds=1000 * statistics.median(whole[WARM_UP:]),
        milliseconds_model=1000 * statistics.median(model[WARM_UP:]),
        parameters=answerer.model.count_params(),
    )


def main(folder: Path) -> int:
    """Measure, keep and print; returns the exit code."""
    try:
        run = Run.existing(folder)
        found = measure(run)
        run_records.write_speed(run.folder, found)
    except GraftError as error:
        print(error, file=sys.stderr)
        return 2
    print(msgspec.json.encode(found).decode())
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
