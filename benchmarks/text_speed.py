"""Seconds from 10,000 texts to `model.keras`.

    python -m benchmarks.text_speed [--quick] [--naive-epochs 2]

20 epochs, MiniLM all frozen, on banking77's train.csv, 15 % of it for validation. Ours against the whole
model under `model.fit`, written plainly in `benchmarks/common/model_fit_texts.py`: same network, head, length
in tokens and batch size, each in its own process; then the same texts with another head. `model.fit` really
trains `--naive-epochs`; the others are counted like the fastest of them. The clock leaves out importing
TensorFlow and KerasHub, and importing the table as a data set; both stand beside it. Prints JSON. `--quick`
leaves out the other head.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

from benchmarks.common import labelled_data, sets
from benchmarks.common.compare import BATCH, DROPOUT, HIDDEN, ours
from benchmarks.common.measure import (
    Home,
    Row,
    at_least,
    finish,
    import_dataset,
    machine,
    print_table,
    scratch,
)
from benchmarks.common.options import Options
from tlcore.backbones.weights import weights

BACKBONE, OTHER_HIDDEN = "minilm_l6", 64
VALIDATION, TEST = 0.15, 100  # share of the texts; texts that our report is written about
QUICK = {"set": "generated", "epochs": 1, "naive_epochs": 1}
WANTED = {"time_to_model": 15, "another_head": 50}


def split(folder: Path, data: Path) -> dict[str, int]:
    """FOLDER/train.csv, val.csv and test.csv from DATA's two tables; how many texts each has."""
    rows, test = (labelled_data.read(data / f"{name}.csv") for name in ("train", "test"))
    chance = random.Random(0)
    chance.shuffle(rows)
    chance.shuffle(test)
    held = round(VALIDATION * len(rows))
    parts = {"train": rows[held:], "val": rows[:held], "test": test[:TEST]}
    for name, part in parts.items():
        labelled_data.write(folder / f"{name}.csv", part)
    return {name: len(part) for name, part in parts.items()}


def settings(home: Home, count: int, hidden: int) -> Path:
    """The configuration file of our run: one hidden layer, `count` epochs, all of them trained."""
    file = home.folder / f"config-{hidden}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    head = {"hidden": [hidden], "dropout": DROPOUT}
    training = {"epochs": count, "batch_size": BATCH, "patience": 0}
    file.write_text(json.dumps({"backbone": BACKBONE, "head": head, "training": training}))
    return file


def naive(home: Home, folder: Path, length: int, count: int, measured: int) -> Row:
    """`measured` epochs of the plain program over the tables in `folder`, and how long `count` would take."""
    spec = {
        "data": str(folder),
        "out": str(home.folder / "naive.keras"),
        "backbone": BACKBONE,
        "length": length,
        "hidden": HIDDEN,
        "dropout": DROPOUT,
        "epochs": measured,
        "batch": BATCH,
        "rate": 1e-3,  # as ours
    }
    told, _ = home.run("benchmarks.common.model_fit_texts", json.dumps(spec))
    return told | {
        "measured_epochs": measured,
        "measured_s": told["seconds"],
        "extrapolated_epochs": count - measured,
        "seconds": round(told["seconds"] + (count - measured) * min(told["epochs_s"]), 3),
    }


def measure(folder: Path, data: Path, count: int, measured: int, quick: bool) -> Row:
    """Everything that is reported: ours, its second head, the plain program's."""
    counts = split(folder / "texts", data)
    home = Home(folder / "home", weights.folder())
    texts, import_seconds = import_dataset(home, folder / "texts", "texts")
    first = ours(home, texts, folder / "first", settings(home, count, HIDDEN))
    length = json.loads((folder / "first" / "config.json").read_bytes())["input_size"]
    other = None if quick else ours(home, texts, folder / "other", settings(home, count, OTHER_HIDDEN))
    plain = naive(home, folder / "texts", length, count, measured)
    slow = plain["seconds"]
    times = {
        "time_to_model": slow / first["seconds"],
        "with_import": slow / (first["seconds"] + import_seconds),
    }
    if other:
        times["another_head"] = slow / other["seconds"]
    return {
        "texts": counts,
        "backbone": BACKBONE,
        "length": length,
        "epochs": count,
        "batch_size": BATCH,
        "hidden": [HIDDEN, OTHER_HIDDEN],
        "ours": first,
        "another_head": other,
        "naive": plain,
        "import_data_set_s": round(import_seconds, 3),
        "times_faster": {name: round(ratio, 2) for name, ratio in times.items()},
        "targets": [at_least(name, WANTED[name], times[name]) for name in WANTED if name in times],
    }


def show(found: Row) -> None:
    """The same for people."""
    sides = {"ours": found["ours"], "another head": found["another_head"], "model.fit": found["naive"]}
    rows = [(name, row["seconds"], row["best_val_accuracy"]) for name, row in sides.items() if row]
    print_table("From texts on disk to model.keras", ("", "seconds", "best val. accuracy"), rows)
    plain = found["naive"]
    more, each = plain["extrapolated_epochs"], min(plain["epochs_s"])
    print(f"model.fit: {plain['measured_epochs']} epochs, and {more} more of {each} s", file=sys.stderr)
    warm = found["another_head"]["stages_s"] if found["another_head"] else {}
    stages = [(stage, seconds, warm.get(stage)) for stage, seconds in found["ours"]["stages_s"].items()]
    print_table("Where our time goes", ("stage", "first s", "another head s"), stages)
    print_table("Times faster", ("", ""), list(found["times_faster"].items()))


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--epochs", type=int, default=20)
    options.add_argument("--naive-epochs", type=int, default=2, help="that model.fit really trains")
    options.add_argument("--data", type=Path, default=sets.SHARED, help="folder of the sets")
    options.add_argument("--set", default="banking77")
    args = options.read()
    before = machine()
    with scratch() as folder:
        data = sets.gather([args.set], args.data, folder)[args.set]
        weights.minilm_folder()  # fetched where it is not there
        found = measure(folder, data, args.epochs, args.naive_epochs, args.quick)
    show(found)
    finish(args.quick, before, found)


if __name__ == "__main__":
    main()
