"""Test accuracy of the default recipe, everything frozen, against a plain linear probe.

    python -m benchmarks.accuracy [--data FOLDER] [--seeds 3] [--fit stretch crop pad] [--quick]

FOLDER holds data sets with train/ and test/ folders. Runs the command line as a person would and prints one
JSON object: for each data set and fit the accuracy of each seed, its mean, and how far it lies from the
probe.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROBE = {"flowers5": 0.92, "signdigits10": 0.895, "caltech10_easy": 1.0, "bloodcells3": 0.983}


def command(arguments: list[str], home: Path) -> dict:
    """Run `python -m tlcore …` in an own workspace and read the JSON of its last line."""
    env = {**os.environ, "GRAFT_HOME": str(home), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "tlcore", *arguments, "--json"],
        capture_output=True,
        text=True,
        env=env,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{arguments}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def train_and_score(data: Path, name: str, seed: int, fit: str, home: Path, epochs: int | None) -> float:
    """Train once and score the saved model on the test split, in a process of its own."""
    config = home / "config.json"
    config.write_text(json.dumps({"seed": seed, "fit": fit}))
    run = home / f"{name}-{seed}-{fit}"
    options = ["--epochs", str(epochs)] if epochs else []
    command(["train", str(data / name), "--out", str(run), "--config", str(config), *options], home)
    return command(["evaluate", str(run), str(data / name)], home)["accuracy"]


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--fit", nargs="+", default=["stretch"])
    options.add_argument("--quick", action="store_true", help="one small data set, one seed, two epochs")
    args = options.parse_args()
    names, seeds = (["bloodcells3"], 1) if args.quick else (list(PROBE), args.seeds)
    table: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as folder:
        for fit in args.fit:
            for name in names:
                home = Path(folder)
                found = [
                    train_and_score(args.data, name, s, fit, home, 2 if args.quick else None)
                    for s in range(seeds)
                ]
                mean = statistics.mean(found)
                table.setdefault(fit, {})[name] = {
                    "seeds": found,
                    "mean": round(mean, 4),
                    "probe": PROBE[name],
                    "gain": round(mean - PROBE[name], 4),
                }
                print(fit, name, table[fit][name], file=sys.stderr, flush=True)
    means = {
        fit: round(statistics.mean(row["mean"] for row in rows.values()), 4) for fit, rows in table.items()
    }
    print(json.dumps({"mean": means, "sets": table}))


if __name__ == "__main__":
    main()
