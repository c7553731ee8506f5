"""Share of planted label errors that are found.

    python -m benchmarks.label_errors [--quick] [--seeds 3] [--sets …] [--share 0.05]

5 % of the training examples of each set, drawn by the seed, are put into another class. The set is imported
and a head trained by the default recipe through the command line. Then the run's `study.json` is read.
Counted are the planted errors among the first tenth of all examples, the most suspicious first; those of them
with their true class as the suggestion; and the length of the whole list. Other entries are not necessarily
mistakes: the sets have errors of their own. Prints JSON.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.common import labelled_data, sets
from benchmarks.common.measure import Home, Row, at_least, finish, machine, print_table, scratch
from benchmarks.common.options import Options
from tlcore.backbones.weights import weights

SETS: dict[str, float | None] = {  # the share of the planted that must be found
    "caltech10_easy": 0.8,
    "flowers5": None,
    "signdigits10": None,
    "snips7": None,
}
FIRST = 0.1  # of all examples looked through, those that somebody looks at
MARK = "planted"
QUICK = {"sets": ["drawn"], "seeds": 1, "changes": sets.SHORTEST}
Planted = dict[str, str]  # the true class, by what is planted: the name of a file or a text


def plant(source: Path, target: Path, share: float, seed: int) -> Planted:
    """A copy of a set with that share of its training examples in other classes."""
    random = np.random.default_rng(seed)
    if (source / "train.csv").is_file():
        return _planted_rows(source, target, share, random)
    shutil.copytree(source, target)
    files = sorted(path for path in (target / "train").rglob("*") if path.is_file())
    classes = sorted({path.parent.name for path in files})
    found = {}
    for at in random.permutation(len(files))[: round(share * len(files))]:
        path = files[at]
        wrong = random.choice([label for label in classes if label != path.parent.name])
        moved = target / "train" / wrong / f"{MARK}-{at}{path.suffix}"
        path.rename(moved)
        found[moved.name] = path.parent.name
    return found


def _planted_rows(source: Path, target: Path, share: float, random: np.random.Generator) -> Planted:
    rows = labelled_data.read(source / "train.csv")
    classes = sorted({label for _, label in rows})
    found = {}
    for at in random.permutation(len(rows))[: round(share * len(rows))]:
        text, label = rows[at]
        rows[at] = text, random.choice([other for other in classes if other != label])
        found[f"train.csv, row {at + 2}"] = label
    labelled_data.write(target / "train.csv", rows)
    shutil.copy(source / "test.csv", target)
    return found


def measure(folder: Path, source: Path, share: float, seed: int, changes: Row) -> Row:
    """One set with errors planted by the seed: what a run suspects."""
    data = folder / f"{source.name}-{seed}"
    wrong = plant(source, data, share, seed)
    home = Home(folder / f"home-{source.name}-{seed}", weights.folder())
    run = home.folder / "run"
    config = home.folder / "config.json"
    home.folder.mkdir(parents=True)
    config.write_text(json.dumps({"seed": seed, **changes}))
    _, seconds = home.run("tlcore", "train", data, "--out", run, "--config", config, "--json")
    study = json.loads((run / "study.json").read_bytes())
    first = math.floor(FIRST * study["looked_through"])
    true = [wrong.get(_key(suspect["name"])) for suspect in study["suspects"]]
    right = [a == suspect["suggested"] for a, suspect in zip(true, study["suspects"], strict=True) if a]
    return {
        "seed": seed,
        "looked_through": study["looked_through"],
        "planted": len(wrong),
        "first_tenth": first,
        "found": sum(label is not None for label in true[:first]),
        "in_the_list": sum(label is not None for label in true),
        "with_their_class": sum(right),
        "listed": len(true),
        "seconds": round(seconds, 1),
    }


def _key(name: str) -> str:
    """The name of an example as `planted` uses it."""
    return name if ", row " in name else Path(name).name


def total(rows: list[Row]) -> Row:
    """All seeds of one set together."""
    found = {key: sum(row[key] for row in rows) for key in rows[0] if key not in ("seed", "seconds")}
    return {"found_share": round(found["found"] / found["planted"], 3), **found, "seeds": rows}


def targets(found: dict[str, Row]) -> Iterator[Row]:
    """The targets that apply to the sets measured."""
    for name, row in found.items():
        least = SETS.get(name)
        if least is not None:
            yield at_least(f"{name}: of the planted, in the first tenth", least, row["found_share"])


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--data", type=Path, default=sets.SHARED, help="folder of the sets")
    options.add_argument("--sets", nargs="+", default=list(SETS))
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--share", type=float, default=0.05, help="of the training examples")
    options.set_defaults(changes={})  # of the default recipe
    args = options.read()
    before = machine()
    with scratch() as folder:
        found = {}
        for name, source in sets.gather(args.sets, args.data, folder).items():
            rows = [measure(folder, source, args.share, seed, args.changes) for seed in range(args.seeds)]
            found[name] = total(rows)
            print_table(name, tuple(COLUMNS.values()), [tuple(row[key] for key in COLUMNS) for row in rows])
    shares = [(name, row["found_share"]) for name, row in found.items()]
    print_table("Of the planted, in the first tenth", ("", "share"), shares)
    finish(args.quick, before, {"sets": found, "targets": list(targets(found))})


COLUMNS = {
    "seed": "seed",
    "looked_through": "looked through",
    "planted": "planted",
    "found": "in first tenth",
    "in_the_list": "in the list",
    "with_their_class": "true class",
    "listed": "listed",
    "seconds": "seconds",
}

if __name__ == "__main__":
    main()
