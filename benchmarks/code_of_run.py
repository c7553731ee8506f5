"""The code of a run against the run: does the script end where the run did?

    python -m benchmarks.code_of_run [--quick] [--data flowers5] [--recipes open closed unfrozen] [--seeds 3]
    python -m benchmarks.code_of_run --data snips7 --rows 600 --recipes open closed last-two
    python -m benchmarks.code_of_run --data pets_seg
    python -m benchmarks.code_of_run --data bccd_det --pictures 40 --input-size 320

`--rows` draws so many training texts of a set of tables, and a third as many of its test texts; `--pictures`
so many training pictures of a set with boxes or areas, of which all others are kept.

Trains a model with each recipe and seed, writes its code, and runs `train.py` in a process without our
package. The score is the share of right answers on validation: the run's before it learned from these
examples too. The means over the seeds may differ by one point or two examples, whichever is more. Of areas it
is the mean IoU, of boxes the mAP at IoU 0.5. Prints JSON.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.common import labelled_data, places, sets
from benchmarks.common.measure import Home, Row, at_most, finish, machine, print_table, scratch
from benchmarks.common.options import Options
from tlcore.backbones.weights import weights

RECIPES: dict[str, Row] = {
    "recommended": {},  # for the task
    "open": {},  # everything frozen, the head left open
    "closed": {"head": {"hidden": [128]}},
    "unfrozen": {"unfreeze": 4},
    "last-two": {"unfreeze": 2},
}
QUICK = {"data": "drawn", "seeds": 1, "recipes": ["open"], "changes": {"input_size": 32}}
OF_PLACES = {"pets_seg", "bccd_det"}
SCORE = re.compile(r"^(validation|test): ([\d.]+)% of (\d+) right$", re.M)
SCORE_OF_PLACES = re.compile(r"^(validation|test): ([\d.]+) (?:mean IoU|mAP) of \d+ pictures$", re.M)
POINT, EXAMPLES = 0.01, 2


def of_the_run(home: Home, data: Path, config: Row, folder: Path) -> Row:
    """A run with its code in a folder beside it, and its scores."""
    folder.mkdir(parents=True)
    (folder / "wanted.json").write_text(json.dumps(config))
    run = folder / "run"
    _, seconds = home.run("tlcore", "train", data, "--out", run, "--config", folder / "wanted.json", "--json")
    home.run("tlcore", "code", run, "--out", folder / "code", "--json")
    report = json.loads((run / "report.json").read_bytes())
    return {
        "validation": report["validation_accuracy"],
        "n": report["validation_n"],
        "test": report["test"]["accuracy"],
        "seconds": seconds,
    }


def of_the_script(folder: Path) -> Row:
    """The scores that `train.py` prints."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHONPATH", "GRAFT"))}
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-I", folder / "train.py"], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    found = {
        part: round(float(share) * int(n) / 100) / int(n) for part, share, n in SCORE.findall(done.stdout)
    }
    found |= {part: float(score) for part, score in SCORE_OF_PLACES.findall(done.stdout)}
    return found | {"seconds": time.perf_counter() - began}


def compare(home: Home, data: Path, recipe: str, args: Any) -> Row:
    """Means of a recipe over the seeds, of runs and of their scripts."""
    pairs = []
    for seed in range(args.seeds):
        folder = home.folder / f"{recipe}-{seed}"
        run = of_the_run(home, data, RECIPES[recipe] | args.changes | {"seed": seed}, folder)
        pairs.append((run, of_the_script(folder / "code")))
    means = {
        f"{whose} {part}": statistics.mean(pair[number][part] for pair in pairs)
        for number, whose in enumerate(("run", "script"))
        for part in ("validation", "test", "seconds")
    }
    return means | {"n": pairs[0][0]["n"], "seeds": [[a["validation"], b["validation"]] for a, b in pairs]}


def targets(found: dict[str, Row]) -> list[Row]:
    """The script ends within one point or two examples of the run."""
    return [
        at_most(
            f"{recipe}: difference on validation",
            max(POINT, EXAMPLES / row["n"]),
            abs(row["run validation"] - row["script validation"]),
        )
        for recipe, row in found.items()
    ]


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--data", default="flowers5", help="a data set of tests/real")
    options.add_argument("--shared", type=Path, default=sets.SHARED)
    options.add_argument("--recipes", nargs="+", choices=RECIPES, help="else those that the data are for")
    options.add_argument("--rows", type=int, help="training texts to draw; all of the set where left out")
    options.add_argument("--pictures", type=int, help="training pictures with boxes or areas to draw")
    options.add_argument("--input-size", type=int, help="pixels; those recommended where left out")
    options.add_argument("--seeds", type=int, default=3)
    options.set_defaults(changes={})
    args = options.read()
    if args.input_size:
        args.changes = args.changes | {"input_size": args.input_size}
    of_classes = ["open", "closed", "unfrozen"]
    recipes = args.recipes or (["recommended"] if args.data in OF_PLACES else of_classes)
    before = machine()
    with scratch() as folder:
        data = sets.gather([args.data], args.shared, folder)[args.data]
        if args.rows:
            counts = {"train": args.rows, "test": args.rows // 3}
            data = labelled_data.draw(data, folder / "drawn-rows", counts)
        if args.pictures:
            data = places.part(data, args.pictures, 0, folder / "drawn-pictures")
        home = Home(folder / "home", weights.folder())
        found = {recipe: compare(home, data, recipe, args) for recipe in recipes}
    keys = ("run validation", "script validation", "run test", "script test", "run seconds", "script seconds")
    print_table(
        f"The code of a run on {args.data}, means of {args.seeds} seeds",
        ("head", *keys),
        [(recipe, *(round(row[key], 3) for key in keys)) for recipe, row in found.items()],
    )
    finish(args.quick, before, {"recipes": found, "targets": targets(found)})


if __name__ == "__main__":
    main()
