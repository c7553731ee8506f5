"""Share of foreign examples that a model calls unlike anything in training.

    python -m benchmarks.unknown [--quick] [--sets …]

Trains on one set by the default recipe, then asks the run through the command line about the test examples of
that set and of others. It should call few of its own unlike anything in training (`flagged`), and most of the
others; `unlike` are those that it answers with a warning. The thresholds are the run's own, fitted on its
training and validation examples (`tlcore/graft/finish/analysis.py`). Pooled are the four sets of pictures.
`farther` is the chance that a foreign example lies farther away than one of its own, whatever the threshold.
`--unfreeze 8` trains the last blocks as well. Prints JSON.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.common import sets
from benchmarks.common.measure import Home, Row, at_least, at_most, finish, machine, print_table, scratch
from benchmarks.common.options import Options
from tlcore.backbones.weights import weights

FLAGGED, OWN = 0.9, 0.02  # of the strangers at least, and of its own at most, pooled


@dataclass(frozen=True)
class Case:
    """A set to learn from, and strangers to ask about; whether it counts in the pool."""

    own: str
    strangers: tuple[str, ...]
    is_pooled: bool


CASES = (
    Case("flowers5", ("signdigits10", "bloodcells3", "caltech10_easy"), True),
    Case("signdigits10", ("flowers5", "bloodcells3", "caltech10_easy"), True),
    Case("bloodcells3", ("flowers5", "signdigits10", "caltech10_easy"), True),
    Case("caltech10_easy", ("flowers5", "signdigits10", "bloodcells3"), True),
    Case("snips7", ("banking77", "sms_spam"), False),
    Case("drawn", ("noise",), False),
)
QUICK = {"sets": ["drawn"], "seeds": 1, "changes": sets.SHORTEST}


def ask(home: Home, run: Path, folders: dict[str, Path]) -> dict[str, list[Row]]:
    """The run's answer for each test example, by set; asked in one go, since its process takes seconds."""
    asked = {
        name: data / "test" if (data / "test").is_dir() else data / "test.csv"
        for name, data in folders.items()
    }
    process = home.start("tlcore", "predict", run, *asked.values(), "--json")
    if process.wait() or process.stdout is None:
        raise SystemExit(f"{process.args!r} ended with {process.returncode}")
    with process.stdout as said:
        said.seek(0)
        answers = [answer for answer in map(json.loads, said) if "distance" in answer]
    return {
        name: [answer for answer in answers if answer["path"].startswith(str(path))]
        for name, path in asked.items()
    }


def measure(home: Home, case: Case, folders: dict[str, Path], config: Row) -> Row:
    """One run, asked about its own set and the others."""
    run = home.folder / f"{case.own}-{config['seed']}"
    wanted = run.with_suffix(".json")
    wanted.parent.mkdir(parents=True, exist_ok=True)
    wanted.write_text(json.dumps(config))
    _, seconds = home.run("tlcore", "train", folders[case.own], "--out", run, "--config", wanted, "--json")
    novelty = json.loads((run / "study.json").read_bytes())["novelty"]
    row: Row = {"seed": config["seed"], "train_s": round(seconds, 1), "novelty": novelty, "sets": {}}
    began = time.perf_counter()
    found = ask(home, run, {name: folders[name] for name in (case.own, *case.strangers)})
    row["asking_s"] = round(time.perf_counter() - began, 1)
    own = np.array([answer["distance"] for answer in found[case.own]])
    for name, answers in found.items():
        distances = np.array([answer["distance"] for answer in answers])
        row["sets"][name] = {
            "n": len(answers),
            "flagged": _share(answers, "unknown"),
            "unlike": _share(answers, "unlike"),
            "farther": round(farther(distances, own), 4),
            "median": round(float(np.median(distances)), 4),
        }
    return row


def _share(answers: list[Row], field: str) -> float:
    return round(float(np.mean([answer.get(field, False) for answer in answers])), 4)


def farther(distances: np.ndarray, own: np.ndarray) -> float:
    """The chance that one of `distances` (n,) is larger than one of `own` (m,); ties count half."""
    difference = distances[:, None] - own[None]
    return float(((difference > 0) + 0.5 * (difference == 0)).mean())


def pooled(found: dict[str, list[Row]]) -> Row:
    """The share flagged of all own and of all foreign examples, over the cases in the pool and all seeds."""
    asked: dict[str, list[Row]] = {"own": [], "foreign": []}
    for own in (case.own for case in CASES if case.is_pooled and case.own in found):
        for row in found[own]:
            for name, part in row["sets"].items():
                asked["own" if name == own else "foreign"].append(part)
    return {
        kind: {
            "n": sum(part["n"] for part in parts),
            "flagged": round(
                float(np.average([p["flagged"] for p in parts], weights=[p["n"] for p in parts])), 4
            ),
        }
        for kind, parts in asked.items()
        if parts
    }


def targets(pool: Row) -> Iterator[Row]:
    """The targets; none without a set of the pool."""
    if pool:
        yield at_most("of their own test pictures, flagged", OWN, pool["own"]["flagged"])
        yield at_least("of foreign ones, flagged", FLAGGED, pool["foreign"]["flagged"])


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--data", type=Path, default=sets.SHARED, help="folder of the sets")
    options.add_argument("--sets", nargs="+", default=[case.own for case in CASES[:-1]], help="to learn from")
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--unfreeze", type=int, default=0, help="blocks")
    options.set_defaults(changes={})  # of the default recipe
    args = options.read()
    before = machine()
    changes = args.changes | {"unfreeze": args.unfreeze}
    with scratch() as folder:
        cases = [case for case in CASES if case.own in args.sets]
        names = dict.fromkeys(name for case in cases for name in (case.own, *case.strangers))
        folders = sets.gather(names, args.data, folder)
        found: dict[str, list[Row]] = {}
        for case in cases:
            home = Home(folder / f"home-{case.own}", weights.folder())
            rows = [measure(home, case, folders, {"seed": seed, **changes}) for seed in range(args.seeds)]
            found[case.own] = rows
            print_table(f"A model of {case.own}", COLUMNS, [line for row in rows for line in lines(row)])
    pool = pooled(found)
    finish(args.quick, before, {"cases": found, "pooled": pool, "targets": list(targets(pool))})


def lines(row: Row) -> Iterator[tuple[object, ...]]:
    """One run for people."""
    for name, asked in row["sets"].items():
        yield (name, row["seed"], *(asked[key] for key in ("n", "flagged", "unlike", "farther", "median")))


COLUMNS = ("asked about", "seed", "n", "flagged", "unlike", "farther", "median distance")

if __name__ == "__main__":
    main()
