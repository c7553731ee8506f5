"""One stage of work on a large data set, in a process of its own: `python -m benchmarks.common.stage …`.

Arguments: the name of the stage and the folder of the data set. Prints JSON: the seconds, without the start
of Python. `benchmarks.growth` watches the memory meanwhile.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tlcore.data import checks
from tlcore.data.dataset import Dataset
from tlcore.data.importing.importer import near_copies
from tlcore.data.versions import edits, versions

EDITS = 5
PATIENCE = 600  # seconds until a page stands


def find_problems(dataset: Dataset) -> dict[str, Any]:
    """All checks of the newest version."""
    manifest = dataset.read()
    return timed(lambda: checks.problems(dataset, manifest))


def find_copies(dataset: Dataset) -> dict[str, Any]:
    """The search for near copies, as an import does it."""
    manifest = dataset.read()
    return timed(lambda: near_copies(dataset, (manifest,)))


def edit(dataset: Dataset) -> dict[str, Any]:
    """Edits of one example each, one after the other, as a person makes them; the median."""
    manifest = dataset.read()
    step = max(1, len(manifest.examples) // (EDITS + 1))
    found = []
    for number in range(1, EDITS + 1):
        key = manifest.examples[number * step].key
        began = time.perf_counter()
        versions.change(dataset, edits.Exclude((key,)))
        found.append(time.perf_counter() - began)
    began = time.perf_counter()
    versions.undo(dataset, dataset.latest)
    return {"seconds": statistics.median(found), "undo": time.perf_counter() - began}


def open_data(dataset: Dataset) -> dict[str, Any]:
    """The Data page: first, and once more as after a click."""
    return open_page("data", data=dataset.id)


def open_evaluate(dataset: Dataset) -> dict[str, Any]:
    """The Evaluate page of the run that was trained on it."""
    return open_page("evaluate", run=f"of-{dataset.id}")


def open_page(name: str, **query: str) -> dict[str, Any]:
    """A page in this process, as the server would draw it."""
    from streamlit.testing.v1 import AppTest

    at = AppTest.from_file(str(Path(__file__).resolve().parents[2] / "app.py"), default_timeout=PATIENCE)
    at.run()  # what every page needs
    at.switch_page(f"pages/{name}.py")
    for key, value in query.items():
        at.query_params[key] = value
    first = timed(at.run)
    again = timed(at.run)
    if at.exception:
        raise SystemExit(at.exception[0].message)
    return {"seconds": first["seconds"], "again": again["seconds"]}


def timed(work: Callable[[], object]) -> dict[str, Any]:
    """The seconds that it takes."""
    began = time.perf_counter()
    work()
    return {"seconds": time.perf_counter() - began}


STAGES: dict[str, Callable[[Dataset], dict[str, Any]]] = {
    "problems": find_problems,
    "near copies": find_copies,
    "edit": edit,
    "data page": open_data,
    "evaluate page": open_evaluate,
}

if __name__ == "__main__":
    print(json.dumps(STAGES[sys.argv[1]](Dataset(Path(sys.argv[2])))))
