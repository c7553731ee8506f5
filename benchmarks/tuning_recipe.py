"""Accuracy and CPU seconds of fine-tuning by the recipe of before and by today's.

    python -m benchmarks.tuning_recipe [--quick] [--seeds 3] [--shares 1 0.25] [--sets …]

Trains MobileNetV2 with its last eight blocks unfrozen through the command line, each run in a workspace of
its own, so that all it needs is computed in it: on each set, and on a random part of its training pictures.
CPU seconds are those of the whole command, import and analysis included; the machine may be busy. Both
recipes run on today's code. The settings were chosen on parts of the training pictures; the test pictures had
been looked at once with eight epochs before ten were chosen (docs/benchmarks.md). Prints JSON.
"""

from __future__ import annotations

import json
import resource
import shutil
import statistics
from pathlib import Path

import numpy as np

from benchmarks.common import sets
from benchmarks.common.measure import Home, Row, at_least, finish, machine, print_table, scratch
from benchmarks.common.options import Options
from benchmarks.two_phases import difference
from tlcore.backbones.weights import weights

SETS = ("flowers5", "signdigits10", "caltech10_easy", "bloodcells3")
BEFORE: Row = {"epochs": 20, "batch_size": 32, "learning_rate": 3e-4, "warmup_epochs": 1.0, "patience": 8}
RECIPES: dict[str, Row] = {"before": BEFORE, "now": {}}
QUICK = {"sets": ["drawn"], "shares": [1.0], "seeds": 1, "changes": sets.SHORTEST}
WANTED = 2.0  # times fewer CPU seconds


def draw_part(data: Path, share: float, seed: int, folder: Path) -> Path:
    """A copy of a data set with that share of each class's training pictures, and all test pictures."""
    target = folder / f"{data.name}-{share:g}-{seed}"
    random = np.random.default_rng(seed)
    for split in data.iterdir():
        for name in sorted(path for path in split.iterdir() if path.is_dir()) if split.is_dir() else ():
            pictures = sorted(name.iterdir())
            count = max(4, round(share * len(pictures))) if split.name == "train" else len(pictures)
            (target / split.name / name.name).mkdir(parents=True)
            for picture in random.permutation(np.array(pictures, dtype=object))[:count]:
                shutil.copy(picture, target / split.name / name.name)
    return target


def train(home: Home, data: Path, recipe: Row, seed: int, changes: Row) -> tuple[np.ndarray, Row]:
    """The test pictures that one run got right, (n,), with its CPU seconds and other figures."""
    tuning = {**changes.get("fine_tuning", {}), **recipe}
    wanted = {"backbone": "mobilenet_v2", "unfreeze": 8, "seed": seed, **changes, "fine_tuning": tuning}
    file = home.folder / "wanted.json"
    home.folder.mkdir(parents=True)
    file.write_text(json.dumps(wanted))
    before = _cpu_seconds()
    home.run("tlcore", "train", data, "--out", home.folder / "run", "--config", file, "--json")
    cpu = _cpu_seconds() - before
    report = json.loads((home.folder / "run" / "report.json").read_bytes())
    answers = sorted(report["test"]["predictions"], key=lambda answer: (answer["sha256"], answer["name"]))
    right = np.array([answer["label"] == answer["predicted"] for answer in answers])
    epochs = report["phases"][-1]["epochs"]
    shutil.rmtree(home.folder)
    row = {"accuracy": round(float(right.mean()), 4), "kept": report["kept"], "epochs": epochs}
    return right, row | {"cpu_s": round(cpu, 1)}


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compare(data: Path, share: float, seeds: int, changes: Row, folder: Path) -> Row:
    """Both recipes on one set and share: runs, means and the paired difference over the test pictures."""
    right: dict[str, list[np.ndarray]] = {name: [] for name in RECIPES}
    found: Row = {name: {"seeds": []} for name in RECIPES}
    for seed in range(seeds):
        part = draw_part(data, share, seed, folder)
        for name, recipe in RECIPES.items():
            home = Home(folder / f"home-{part.name}-{name}", weights.folder())
            hits, row = train(home, part, recipe, seed, changes)
            right[name].append(hits)
            found[name]["seeds"].append(row)
            print_table(part.name, ("", *row), [(name, *row.values())])
    for name in RECIPES:
        rows = found[name]["seeds"]
        found[name]["accuracy"] = round(statistics.mean(row["accuracy"] for row in rows), 4)
        found[name]["cpu_s"] = round(statistics.mean(row["cpu_s"] for row in rows), 1)
    found["gain"] = difference(np.stack(right["now"]), np.stack(right["before"]))
    return found


def line(name: str, row: Row) -> tuple[object, ...]:
    """One set for people."""
    before, now, gain = row["before"], row["now"], row["gain"]
    times = before["cpu_s"] / now["cpu_s"]
    return (
        name,
        before["accuracy"],
        now["accuracy"],
        *gain["interval"],
        before["cpu_s"],
        now["cpu_s"],
        times,
    )


def targets(found: dict[str, Row]) -> list[Row]:
    """Both means: fewer seconds, and no lower accuracy."""
    mean = {
        (name, key): statistics.mean(row[name][key] for row in found.values())
        for name in RECIPES
        for key in ("accuracy", "cpu_s")
    }
    return [
        at_least("times fewer CPU seconds", WANTED, mean["before", "cpu_s"] / mean["now", "cpu_s"]),
        at_least("accuracy gained", 0.0, mean["now", "accuracy"] - mean["before", "accuracy"]),
    ]


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--data", type=Path, default=sets.SHARED, help="folder of the sets")
    options.add_argument("--sets", nargs="+", default=list(SETS))
    options.add_argument("--shares", nargs="+", type=float, default=[1.0, 0.25], help="of training pictures")
    options.add_argument("--seeds", type=int, default=3)
    options.set_defaults(changes={})
    args = options.read()
    before = machine()
    found: dict[str, Row] = {}
    with scratch() as folder:
        for name, data in sets.gather(args.sets, args.data, folder).items():
            for share in args.shares:
                key = f"{name}, {share:.0%}"
                found[key] = compare(data, share, args.seeds, args.changes, folder / "parts")
    print_table("Fine-tuning", COLUMNS, [line(name, row) for name, row in found.items()])
    finish(args.quick, before, {"sets": found, "targets": targets(found)})


COLUMNS = ("", "accuracy before", "now", "gain from", "to", "CPU s before", "now", "times")

if __name__ == "__main__":
    main()
