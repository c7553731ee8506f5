"""Accuracy of the head alone against both phases.

    python -m benchmarks.two_phases [--quick] [--seeds 3] [--sets …]

Trains each data set twice per seed through the command line with the default recipe: everything frozen, and
with the last blocks unfrozen after the head has learned. Test accuracy is the mean of the seeds, with
Wilson's 95 % interval for one seed's number of test examples. The difference has a bootstrap interval: test
examples are drawn 10,000 times, each with the answers of all seeds, so it holds for that test split and not
for another draw of training pictures. Prints JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.common import sets
from benchmarks.common.measure import Home, Row, at_least, finish, machine, print_table, scratch
from benchmarks.common.options import Options
from tlcore.backbones.weights import weights
from tlcore.evaluate.statistics.metrics import wilson_interval

# How many blocks train, and what must be gained over the head alone.
SETS: dict[str, tuple[int, float | None]] = {
    "flowers5": (8, 0.0),
    "signdigits10": (8, 0.03),
    "caltech10_easy": (8, 0.0),
    "bloodcells3": (8, 0.0),
    "banking77": (2, None),
}
QUICK = {"sets": ["drawn"], "seeds": 1, "unfreeze": 1, "changes": sets.SHORTEST}
DRAWS = 10_000


def train(home: Home, data: Path, unfreeze: int, seed: int, changes: Row) -> tuple[np.ndarray, Row]:
    """The test examples that one run got right, (n,), with other figures of its report."""
    run = home.folder / f"{data.name}-{unfreeze}-{seed}"
    wanted = run.with_suffix(".json")
    wanted.parent.mkdir(parents=True, exist_ok=True)
    wanted.write_text(json.dumps({"seed": seed, "unfreeze": unfreeze, **changes}))
    _, seconds = home.run("tlcore", "train", data, "--out", run, "--config", wanted, "--json")
    report = json.loads((run / "report.json").read_bytes())
    answers = sorted(report["test"]["predictions"], key=lambda answer: (answer["sha256"], answer["name"]))
    right = np.array([answer["label"] == answer["predicted"] for answer in answers])
    row = {
        "accuracy": round(float(right.mean()), 4),
        "validation_accuracy": round(report["validation_accuracy"], 4),
        "kept": report["kept"],
        "epochs": report["epochs"],
        "seconds": round(seconds, 1),
    }
    return right, row


def both_ways(home: Home, data: Path, unfreeze: int, seeds: int, changes: Row) -> Row:
    """One data set: the runs of each way, their means, and the difference."""
    found: Row = {"unfreeze": unfreeze}
    right = {}
    for name, depth in (("head", 0), ("two_phases", unfreeze)):
        runs = [train(home, data, depth, seed, changes) for seed in range(seeds)]
        right[name] = np.stack([hits for hits, _ in runs])
        mean, n = float(right[name].mean()), right[name].shape[1]
        interval = [round(end, 4) for end in wilson_interval(round(mean * n), n)]
        found[name] = {"mean": round(mean, 4), "interval": interval, "seeds": [row for _, row in runs]}
    found["test"] = right["head"].shape[1]
    found["gain"] = difference(right["two_phases"], right["head"])
    return found


def difference(after: np.ndarray, before: np.ndarray) -> Row:
    """Mean difference of right answers (seeds, n), with its 95 % bootstrap interval over the examples."""
    change = (after.astype(float) - before).mean(axis=0)
    draws = np.random.default_rng(0).integers(len(change), size=(DRAWS, len(change)))
    low, high = np.quantile(change[draws].mean(axis=1), [0.025, 0.975])
    return {"mean": round(float(change.mean()), 4), "interval": [round(float(end), 4) for end in (low, high)]}


def targets(found: dict[str, Row]) -> Iterator[Row]:
    """The targets that apply to the sets measured."""
    for name, row in found.items():
        least = SETS.get(name, (0, None))[1]
        if least is not None:
            yield at_least(f"{name}: gained over the head alone", least, row["gain"]["mean"])


def line(name: str, row: Row) -> tuple[object, ...]:
    """One data set for people."""
    low, high = row["gain"]["interval"]
    kept = sum(run["kept"] == "fine-tuning" for run in row["two_phases"]["seeds"])
    seconds = sum(run["seconds"] for run in row["two_phases"]["seeds"]) / len(row["two_phases"]["seeds"])
    means = (row["head"]["mean"], row["two_phases"]["mean"], row["gain"]["mean"])
    return (name, row["unfreeze"], row["test"], *means, low, high, kept, round(seconds))


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--data", type=Path, default=sets.SHARED, help="folder of the sets")
    options.add_argument("--sets", nargs="+", default=list(SETS))
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--unfreeze", type=int, help="another number of blocks for all sets")
    options.set_defaults(changes={})  # of the default recipe
    args = options.read()
    before = machine()
    with scratch() as folder:
        if "banking77" in args.sets:
            weights.minilm_folder()  # fetched where it is not there
        found = {}
        for name, data in sets.gather(args.sets, args.data, folder).items():
            depth = args.unfreeze or SETS.get(name, (2, None))[0]
            home = Home(folder / f"home-{name}", weights.folder())
            found[name] = both_ways(home, data, depth, args.seeds, args.changes)
            print_table(name, COLUMNS, [line(name, found[name])])
        print_table("Both ways", COLUMNS, [line(name, row) for name, row in found.items()])
    finish(args.quick, before, {"sets": found, "targets": list(targets(found))})


COLUMNS = ("", "blocks", "test", "head", "both", "gain", "from", "to", "tuned kept", "seconds")

if __name__ == "__main__":
    main()
