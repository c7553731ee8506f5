"""Our run, with all imports before the clock starts: `python -m benchmarks.common.ours DATASET RUN CONFIG`.

DATASET is an imported data set, RUN a new folder, CONFIG a file as `train --config` takes it. Does in RUN
the same as the `train` command once it is the run's turn, and prints JSON: the seconds from the data set to
`model.keras` with its report, and the seconds of the analysis after it, when the model can be used already.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path

started = time.perf_counter()
from tlcore.graft import pipeline  # noqa: E402  imports TensorFlow

imported = time.perf_counter()

import msgspec  # noqa: E402

from tlcore import config as configuration  # noqa: E402
from tlcore.backbones.catalogue import catalogue  # noqa: E402
from tlcore.data.dataset import Dataset  # noqa: E402
from tlcore.graft.inputs import tasks  # noqa: E402
from tlcore.runs.job import Reporter  # noqa: E402
from tlcore.runs.run import Run  # noqa: E402


def main() -> None:
    data, folder, file = (Path(word) for word in sys.argv[1:])
    config = configuration.from_json(file.read_bytes())
    config = configuration.resolved(config, catalogue.get(config.backbone).task)
    run = Run.prepare(folder, msgspec.structs.replace(config, data=str(data)))
    logging.basicConfig(filename=run.log, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    reporter = Reporter(run)
    before = time.perf_counter()
    tasks.of(config)  # imports KerasHub where the task needs it
    began, clock = time.perf_counter(), time.time()
    outcome = pipeline.execute(run, Dataset(data), reporter)
    whole = time.perf_counter() - began
    reporter.end("done" if outcome == "finished" else "failed")
    if outcome != "finished" or not run.has_model:
        raise SystemExit(f"the run ended as {outcome!r}")
    ready = (run.folder / "report.json").stat().st_mtime  # the last thing before the model gets its name
    told = {
        "seconds": round(ready - clock, 3),
        "study_s": round(whole - (ready - clock), 3),
        "import_tensorflow_s": round(imported - started, 3),
        "import_keras_hub_s": round(began - before, 3),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
