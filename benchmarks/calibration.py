"""Calibration on the test split, before and after the temperature.

    python -m benchmarks.calibration [--quick] [--seeds 1]

Trains each data set through the command line with the default recipe, everything frozen, and reads the
reports. The temperature is fitted on answers of heads that have not seen the example. Prints JSON: the mean
negative log-likelihood and the expected calibration error in 15 bins, before and after, the error with its
95 % bootstrap interval, and the seconds that those heads took.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.common import sets
from benchmarks.common.measure import Home, Row, Watch, answer, at_most, finish, machine, print_table, scratch
from benchmarks.common.options import Options
from tlcore.backbones.weights import weights

SETS = ("flowers5", "signdigits10", "banking77")
QUICK = {"sets": ["drawn"], "seeds": 1, "changes": sets.SHORTEST}
LOST = 0.03  # nats that the temperature may cost on the test split


def calibration_of(home: Home, data: Path, seed: int, changes: Row) -> Row:
    """Train one run and read the calibration from its report."""
    run = home.folder / f"{data.name}-{seed}"
    wanted = run.with_suffix(".json")
    wanted.parent.mkdir(parents=True, exist_ok=True)
    wanted.write_text(json.dumps({"seed": seed, **changes}))
    watch = Watch(run)
    process = home.start("tlcore", "train", data, "--out", run, "--config", wanted, "--json")
    watch.follow(process)
    answer(process)
    report = json.loads((run / "report.json").read_bytes())
    found = report["calibration"]
    return {
        "accuracy": round(report["test"]["accuracy"], 4),
        "test": report["test"]["n"],
        "temperature": round(found["temperature"], 4),
        "fitted_on": found["fitted_on"],
        "n": found["n"],
        "note": report["note"],
        "before": side(found["before"]),
        "after": side(found["after"]),
        "out_of_fold_s": watch.seconds().get("out-of-fold"),
    }


def side(reliability: Row) -> Row:
    """Loss, error and interval, rounded."""
    low, high = reliability["interval"]
    return {
        "loss": round(reliability["loss"], 4),
        "error": round(reliability["error"], 4),
        "interval": [round(low, 4), round(high, 4)],
    }


def targets(found: dict[str, list[Row]]) -> Iterator[Row]:
    """The most that the temperature may cost."""
    for name, runs in found.items():
        for seed, row in enumerate(runs):
            lost = row["after"]["loss"] - row["before"]["loss"]
            yield at_most(f"{name}, seed {seed}: loss after less loss before", LOST, lost)


def line(name: str, row: Row) -> tuple[object, ...]:
    """One run for people."""
    before, after = row["before"], row["after"]
    return (
        name,
        row["test"],
        row["accuracy"],
        row["temperature"],
        before["loss"],
        after["loss"],
        *(before["error"], *before["interval"]),
        *(after["error"], *after["interval"]),
        row["out_of_fold_s"],
    )


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--data", type=Path, default=sets.SHARED, help="folder of the sets")
    options.add_argument("--sets", nargs="+", default=list(SETS))
    options.add_argument("--seeds", type=int, default=1)
    options.set_defaults(changes={})  # of the default recipe
    args = options.read()
    before = machine()
    with scratch() as folder:
        if "banking77" in args.sets:
            weights.minilm_folder()  # fetched where it is not there
        found = {}
        for name, data in sets.gather(args.sets, args.data, folder).items():
            home = Home(folder / f"home-{name}", weights.folder())
            found[name] = [calibration_of(home, data, seed, args.changes) for seed in range(args.seeds)]
            print_table(name, COLUMNS, [line(f"seed {seed}", row) for seed, row in enumerate(found[name])])
        rows = [line(f"{name}, seed {seed}", row) for name in found for seed, row in enumerate(found[name])]
        print_table("Before and after", COLUMNS, rows)
    finish(args.quick, before, {"sets": found, "targets": list(targets(found))})


LEFT = ("", "test", "accuracy", "temperature", "loss", "after")
COLUMNS = (*LEFT, "error", "from", "to", "after", "from", "to", "heads s")

if __name__ == "__main__":
    main()
