"""Accuracy in full and in the device's own precision: `python -m benchmarks.gpu.precision [--quick]`.

The same runs with four blocks unfrozen, three seeds, once as a run chooses its precision and once in float32.
Then the Train page of the last run is drawn, and tells the device. Prints JSON.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
from pathlib import Path
from unittest import mock

from benchmarks.common import pictures
from benchmarks.common.measure import ROOT, Row, finish, machine, print_table, scratch
from benchmarks.common.options import Options

QUICK = {"photos": 30, "seeds": 1, "epochs": 1, "blocks": 1}


def train(data: Path, run: Path, seed: int, epochs: int, blocks: int) -> float:
    """Test accuracy of one run."""
    from tlcore.__main__ import main as graft

    words = ["train", str(data), "--out", str(run), "--seed", str(seed), "--unfreeze", str(blocks), "--json"]
    with contextlib.redirect_stdout(io.StringIO()) as out:
        code = graft([*words, "--epochs", str(epochs)])
    if code:
        raise SystemExit(f"the run ended with {code}:\n{out.getvalue()[-1000:]}")
    from tlcore.runs.run import Run

    return Run(run).report().test.accuracy


def compare(folder: Path, seeds: int, epochs: int, blocks: int) -> Row:
    """Accuracies of all runs, in the device's precision and in full."""
    from tlcore.graft import pipeline

    device = pipeline.set_up_device()
    full = dataclasses.replace(device, precision="float32")
    found: dict[str, list[float]] = {}
    for name, one in {device.precision: device, "full": full}.items():
        with mock.patch.object(pipeline, "set_up_device", lambda one=one: one):
            runs = [folder / "home" / "runs" / f"{name}-{seed}" for seed in range(seeds)]
            found[name] = [train(folder / "data", run, seed, epochs, blocks) for seed, run in enumerate(runs)]
    return {"accuracy": found, "device": device.name, "page": page_words(f"full-{seeds - 1}")}


def page_words(run: str) -> str:
    """The words on the Train page of a run that name its device."""
    from streamlit.testing.v1 import AppTest

    from tlcore.runs.run import Run
    from tlcore.workspace import Workspace

    page = AppTest.from_file(str(ROOT / "pages" / "train.py"), default_timeout=120)
    page.query_params["run"] = run
    page.run()
    name = Run(Workspace().runs / run).recorded().device
    values = [str(getattr(element, "value", "")) for element in page.main]
    said = [value for value in values if name in value]
    return said[0] if said else ""


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.set_defaults(photos=350, seeds=3, epochs=6, blocks=4)
    args = options.read()
    before = machine()
    with scratch() as folder:
        os.environ["GRAFT_HOME"] = str(folder / "home")
        pictures.make(folder / "data", {"train": args.photos * 8 // 10, "test": args.photos * 2 // 10})
        found = compare(folder, args.seeds, args.epochs, args.blocks)
    rows = [(name, sum(values) / len(values)) for name, values in found["accuracy"].items()]
    print_table(f"Mean accuracy on {found['device']}", ("precision", "accuracy"), rows)
    finish(args.quick, before, found | {"targets": []})


if __name__ == "__main__":
    main()
