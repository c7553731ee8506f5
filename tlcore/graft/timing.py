"""How long a finished model takes for one picture on this machine, measured in a process of its own.

    python -m tlcore.graft.timing RUN

Prints one line of JSON: `milliseconds` a picture with decoding, `milliseconds_model` without, `parameters`.
The race starts it after each run, so that nothing else in the process slows the answers down.
"""

from __future__ import annotations

import itertools
import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from tlcore.data.manifest import Dataset
from tlcore.graft.answering import Answerer
from tlcore.runs.run import Run

MEASURED = 30  # pictures, the test split's in turn
WARM_UP = 5  # pictures before that


def measure(run: Run) -> dict[str, float | int]:
    """Median time of one example after another, each by itself.

    Raises:
        GraftError: the model or the test examples are gone.
    """
    answerer = Answerer(run)
    answerer.warm_up()
    dataset = Dataset(Path(run.config().data))
    known = {example.sha256: example for example in dataset.read().examples}
    tested = [known[answer.sha256] for answer in run.report().test.predictions if answer.sha256 in known]
    asked = tested[:: max(1, len(tested) // MEASURED)]  # the split is sorted by class: take some of each
    given = answerer.given(dataset, asked)
    whole, model = [], []
    for row in itertools.islice(itertools.cycle(range(len(asked))), WARM_UP + MEASURED):
        began = time.perf_counter()
        example = given(np.array([row]))
        decoded = time.perf_counter()
        answerer.probabilities(example)
        ended = time.perf_counter()
        whole.append(ended - began)
        model.append(ended - decoded)
    return {
        "milliseconds": 1000 * statistics.median(whole[WARM_UP:]),
        "milliseconds_model": 1000 * statistics.median(model[WARM_UP:]),
        "parameters": answerer.model.count_params(),
    }


if __name__ == "__main__":
    print(json.dumps(measure(Run.existing(Path(sys.argv[1])))))
