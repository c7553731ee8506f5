"""Test accuracy of the default recipe, everything frozen, against a plain linear probe.

    python -m benchmarks.accuracy [--data FOLDER] [--seeds 3] [--fit stretch crop pad] [--quick]

FOLDER holds data sets with train/ and test/ folders. Runs the command line as a person would and prints one
JSON object: for each data set and fit the accuracy of each seed, its mean, and how far it lies from the
probe.
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path

from benchmarks.common import sets
from benchmarks.common.measure import Home, Row, scratch
from benchmarks.common.options import Options
from tlcore.backbones.weights import weights

PROBE = {"flowers5": 0.92, "signdigits10": 0.895, "caltech10_easy": 1.0, "bloodcells3": 0.983}
QUICK = {"sets": ["drawn"], "seeds": 1, "changes": sets.SHORTEST}


def train_and_score(home: Home, data: Path, config: Row) -> float:
    """Train once and score the saved model on the test split, in a process of its own."""
    run = home.folder / f"{data.name}-{config['seed']}-{config['fit']}"
    file = run.with_suffix(".json")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(config))
    home.run("tlcore", "train", data, "--out", run, "--config", file, "--json")
    return home.run("tlcore", "evaluate", run, data, "--json")[0]["accuracy"]


def summary(found: list[float], probe: float | None) -> Row:
    """The seeds of one data set, their mean, and how far it lies from the probe, where there is one."""
    mean = statistics.mean(found)
    gain = None if probe is None else round(mean - probe, 4)
    return {"seeds": found, "mean": round(mean, 4), "probe": probe, "gain": gain}


def main() -> None:
    options = Options(__doc__, QUICK)
    options.add_argument("--data", type=Path, default=sets.SHARED)
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--fit", nargs="+", default=["stretch"])
    options.set_defaults(sets=PROBE, changes={})  # of the default recipe
    args = options.read()
    table: dict[str, dict[str, Row]] = {}
    with scratch() as folder:
        home = Home(folder / "home", weights.folder())
        folders = sets.gather(args.sets, args.data, folder)
        for fit in args.fit:
            table[fit] = {}
            for name, data in folders.items():
                configs = [{"seed": seed, "fit": fit, **args.changes} for seed in range(args.seeds)]
                found = [train_and_score(home, data, config) for config in configs]
                table[fit][name] = summary(found, PROBE.get(name))
                print(fit, name, table[fit][name], file=sys.stderr, flush=True)
    means = {
        fit: round(statistics.mean(row["mean"] for row in rows.values()), 4) for fit, rows in table.items()
    }
    print(json.dumps({"mean": means, "sets": table}))


if __name__ == "__main__":
    main()
