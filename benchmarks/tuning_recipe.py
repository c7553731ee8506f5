"""Accuracy and CPU seconds of fine-tuning by the recipe of before and of today, beside logistic regression.

    python -m benchmarks.tuning_recipe [--quick] [--seeds 3] [--shares 1 0.25] [--sets …] [--backbone …]

Trains the last eight blocks of the default backbone through the command line, each run in a workspace of its
own, so that all it needs is computed in it: on each set, and on a random part of its training pictures. The
seed draws that part and the validation split, too. CPU seconds are those of the whole command, import and
analysis included, and those of fine-tuning alone; the machine may be busy. Both recipes run on today's code.
The regression is that of `benchmarks.head`, on the same pictures and features of the same backbone. Intervals
of differences are bootstraps over the test pictures, seeds pooled. Prints JSON.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
from pathlib import Path

import numpy as np

from benchmarks import head
from benchmarks.common import sets
from benchmarks.common.measure import (
    Home,
    Row,
    Watch,
    answer,
    at_least,
    finish,
    machine,
    print_table,
    scratch,
)
from benchmarks.common.options import Options
from benchmarks.two_phases import difference
from tlcore import config as configuration
from tlcore.backbones.weights import weights
from tlcore.config import DEFAULT_BACKBONES

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


def wanted(seed: int, recipe: Row, changes: Row) -> Row:
    """The settings of a run."""
    tuning = {**recipe, **changes.get("fine_tuning", {})}
    return {"unfreeze": 8, "seed": seed, "split": {"seed": seed}, **changes, "fine_tuning": tuning}


def train(home: Home, data: Path, settings: Row) -> tuple[np.ndarray, Row]:
    """The test pictures that one run got right, (n,) in the order of their names, and its other figures."""
    file, run = home.folder / "wanted.json", home.folder / "run"
    home.folder.mkdir(parents=True)
    file.write_text(json.dumps(settings))
    before, watch = _cpu_seconds(), Watch(run)
    process = home.start("tlcore", "train", data, "--out", run, "--config", file, "--json")
    watch.follow(process)
    answer(process)
    cpu = _cpu_seconds() - before
    report = json.loads((run / "report.json").read_bytes())
    answers = sorted(report["test"]["predictions"], key=lambda answer: answer["name"])
    right = np.array([answer["label"] == answer["predicted"] for answer in answers])
    shutil.rmtree(home.folder)
    row = {"accuracy": round(float(right.mean()), 4), "kept": report["kept"]}
    row |= {"epochs": report["phases"][-1]["epochs"], "cpu_s": round(cpu, 1)}
    return right, row | {"tuning_cpu_s": round(watch.last_cpu("training"), 1)}


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def regress(home: Home, data: Path, settings: Row) -> tuple[np.ndarray, Row]:
    """The same of logistic regression on the frozen features."""
    from tlcore.commands.shared.datasets import open_data
    from tlcore.workspace import Workspace

    os.environ["GRAFT_HOME"] = str(home.folder)
    dataset = open_data(data, Workspace())
    frozen = {**settings, "unfreeze": 0, "data": str(dataset.folder)}
    config = configuration.resolved(configuration.from_json(json.dumps(frozen)))
    result, _ = head.train(dataset, config, home.folder / "run")
    right = head.right_of_regression(result)
    shutil.rmtree(home.folder)
    return right.astype(bool), {"accuracy": round(float(right.mean()), 4)}


def compare(data: Path, share: float, seeds: int, changes: Row, folder: Path) -> Row:
    """All ways on one set and share: runs, means, and paired differences over the test pictures."""
    right: dict[str, list[np.ndarray]] = {name: [] for name in (*RECIPES, head.REGRESSION)}
    found: Row = {name: {"seeds": []} for name in right}
    for seed in range(seeds):
        part = draw_part(data, share, seed, folder)
        for name in right:
            home = Home(folder / f"home-{part.name}-{name}", weights.folder())
            way = train if name in RECIPES else regress
            hits, row = way(home, part, wanted(seed, RECIPES.get(name, {}), changes))
            right[name].append(hits)
            found[name]["seeds"].append(row)
            print_table(part.name, ("", *row), [(name, *row.values())])
    return found | summary(found, right)


def summary(found: Row, right: dict[str, list[np.ndarray]]) -> Row:
    """Means of each way, and paired differences."""
    means: Row = {}
    for name in right:
        rows = found[name]["seeds"]
        keys = [key for key, value in rows[0].items() if isinstance(value, float)]
        mean = {key: round(statistics.mean(row[key] for row in rows), 4) for key in keys}
        means[name] = found[name] | mean
    for other in ("before", head.REGRESSION):
        means[f"gain over {other}"] = difference(np.stack(right["now"]), np.stack(right[other]))
    return means


def line(name: str, row: Row) -> tuple[object, ...]:
    """One set for people."""
    gains = [row[f"gain over {other}"] for other in ("before", head.REGRESSION)]
    return (
        name,
        *(100 * row[way]["accuracy"] for way in (*RECIPES, head.REGRESSION)),
        *(100 * number for gain in gains for number in (gain["mean"], *gain["interval"])),
        *(row[way][key] for key in ("cpu_s", "tuning_cpu_s") for way in RECIPES),
    )


def targets(found: dict[str, Row]) -> list[Row]:
    """Fewer seconds; on the mean no lower accuracy; on no set below the regression but by chance."""
    rows = list(found.values())

    def mean(way: str, key: str) -> float:
        return statistics.mean(row[way][key] for row in rows)

    def times(key: str) -> float:
        return mean("before", key) / max(0.1, mean("now", key))  # in CI a fork of another process trains

    gains = {other: mean(f"gain over {other}", "mean") for other in ("before", head.REGRESSION)}
    worst: float = min(row[f"gain over {head.REGRESSION}"]["interval"][1] for row in rows)
    return [
        at_least("times fewer CPU seconds of fine-tuning", WANTED, times("tuning_cpu_s")),
        at_least("times fewer CPU seconds of the command", 1.0, times("cpu_s")),
        *(at_least(f"points above {other}", 0.0, 100 * gain) for other, gain in gains.items()),
        at_least("worst set: points above regression, upper end", 0.0, 100 * worst),
    ]


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--data", type=Path, default=sets.SHARED, help="folder of the sets")
    options.add_argument("--sets", nargs="+", default=list(SETS))
    options.add_argument("--shares", nargs="+", type=float, default=[1.0, 0.25], help="of training pictures")
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--backbone", default=DEFAULT_BACKBONES["images"])
    options.set_defaults(changes={})
    args = options.read()
    changes = {"backbone": args.backbone, **args.changes}
    before = machine()
    found: dict[str, Row] = {}
    with scratch() as folder:
        for name, data in sets.gather(args.sets, args.data, folder).items():
            for share in args.shares:
                key = f"{name}, {share:.0%}"
                found[key] = compare(data, share, args.seeds, changes, folder / "parts")
    print_table("Fine-tuning", COLUMNS, [line(name, row) for name, row in found.items()])
    finish(args.quick, before, {"sets": found, "targets": targets(found)})


COLUMNS = (
    *("", "before", "now", "regression", "now - before", "from", "to", "now - regression", "from", "to"),
    *("CPU s before", "now", "fine-tuning alone, before", "now"),
)

if __name__ == "__main__":
    main()
