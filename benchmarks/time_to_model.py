"""Seconds from pictures on disk to `model.keras`: `python -m benchmarks.time_to_model [--quick]`.

20 epochs, all frozen. Ours against the tutorial's `model.fit`, written plainly in
`benchmarks/common/model_fit_images.py`: same backbone, pictures and batch size, each in its own process; our
head is the recommended one, its choice included. Then prepared: by a spare worker that has loaded TensorFlow,
with the features in the cache; and so with another head. Prepared, the clock starts with the job's arguments
and stops when the saved file is proven; "can answer" stands beside it. The first clock leaves out importing
TensorFlow and converting the frozen part for its engine; both stand beside it, and so do the import of the
folder as a data set and the whole command from nothing. Prints JSON. `--quick` leaves out the command from
nothing and the other head.
"""

from __future__ import annotations

import shutil
import statistics
from pathlib import Path

from benchmarks.common import pictures, prepared
from benchmarks.common.compare import BACKBONE, BATCH, HIDDEN, naive, ours, settings
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

OTHER_HIDDEN = 64
QUICK = {"train": 20, "validation": 10, "test": 5, "size": 32, "epochs": 2, "rounds": 1}
# The prototype of cut-and-cache needed 13 s, 3 s of them for the head, where `model.fit` needed 380 s.
WANTED = {"time_to_model": 22, "prepared": 60, "another_head": 75}


def cold(home: Home, folder: Path, config: Path) -> Row:
    """The whole command, from the start of its process to the end, in an empty workspace without weights."""
    run = home.folder / "cold"
    told, seconds = home.run("tlcore", "train", folder, "--out", run, "--config", config, "--json")
    return {"whole_process_s": round(seconds, 3), "accuracy": told["accuracy"]}


def first(home: Home, data: Path, run: Path, config: Path) -> Row:
    """Our run on pictures that no run has seen; weights and a converted engine may be there."""
    shutil.rmtree(home.folder / "cache" / "features", ignore_errors=True)
    return ours(home, data, run, config)


def middle(rows: list[Row], clock: str = "seconds") -> Row:
    """The row with the median time by this clock."""
    median = statistics.median_low(row[clock] for row in rows)
    return next(row for row in rows if row[clock] == median)


def measure(folder: Path, counts: dict[str, int], size: int, count: int, rounds: int, quick: bool) -> Row:
    """Everything that is reported, in the order: cold command, ours and its second head, the tutorial's."""
    made_of = pictures.make(folder / "data", counts)
    home, from_nothing = Home(folder / "home"), None
    if not quick:
        nothing = Home(folder / "nothing")
        from_nothing = cold(nothing, folder / "data", settings(nothing, size, count))
        home = Home(folder / "home", nothing.folder / "cache" / "weights")
    data, import_seconds = import_dataset(home, folder / "data", "pictures")
    heads = settings(home, size, count, None), settings(home, size, count, OTHER_HIDDEN)
    firsts, warm, others = [], [], []
    loading = 0.0 if quick else prepared.LOADING  # forks, as in CI, have nothing to load
    for i in range(rounds):
        firsts.append(first(home, data, folder / f"first-{i}", heads[0]))
        warm.append(prepared.train(home, data, folder / f"warm-{i}", heads[0], BACKBONE, size, loading))
        if not quick:
            others.append(prepared.train(home, data, folder / f"other-{i}", heads[1], BACKBONE, size))
    return {
        "pictures": {**counts, "made_of": made_of, "size": list(pictures.SIZE)},
        "backbone": BACKBONE,
        "input_size": size,
        "epochs": count,
        "batch_size": BATCH,
        "hidden": [None, OTHER_HIDDEN],
        "tutorial_hidden": HIDDEN,
        "ours": middle(firsts, "without_conversion_s"),
        "ours_rounds_s": [row["without_conversion_s"] for row in firsts],
        "prepared": middle(warm),
        "prepared_rounds_s": [row["seconds"] for row in warm],
        "another_head": middle(others) if others else None,
        "another_head_rounds_s": [row["seconds"] for row in others],
        "conversion_s": firsts[0]["conversion_s"],
        "first_time_s": firsts[0]["seconds"],  # conversion and the choice of the engine included
        "naive": naive(home, folder / "data", size, count),
        "import_data_set_s": round(import_seconds, 3),
        "cold_command": from_nothing,
    }


def ratios(found: Row) -> Row:
    """Ratios of the times; those in `WANTED` are the targets."""
    slow, fast = found["naive"]["seconds"], found["ours"]["without_conversion_s"]
    first_time = found["first_time_s"]
    times = {
        "time_to_model": slow / fast,
        "with_conversion": slow / first_time,
        "with_import": slow / (fast + found["import_data_set_s"]),
        "with_conversion_and_import": slow / (first_time + found["import_data_set_s"]),
        "prepared": slow / found["prepared"]["seconds"],
        "prepared_can_answer": slow / found["prepared"]["can_answer_s"],
    }
    if found["another_head"]:
        times["another_head"] = slow / found["another_head"]["seconds"]
        times["another_head_can_answer"] = slow / found["another_head"]["can_answer_s"]
    if found["cold_command"]:
        whole = found["cold_command"]["whole_process_s"]
        times["cold_command_with_import"] = found["naive"]["whole_process_s"] / whole
    return {name: round(ratio, 2) for name, ratio in times.items()}


def show(found: Row) -> None:
    """The same for people."""
    sides = {"ours": "ours", "prepared": "prepared", "another head": "another_head", "model.fit": "naive"}
    rows = [
        (
            name,
            found[key].get("without_conversion_s", found[key]["seconds"]),
            found[key].get("can_answer_s"),
            found[key].get("best_val_accuracy"),
        )
        for name, key in sides.items()
        if found[key]
    ]
    print_table(
        "From pictures on disk to model.keras", ("", "proven s", "can answer s", "best val. accuracy"), rows
    )
    stages = found["ours"]["stages_s"] | found["prepared"]["stages_s"]
    columns = [found[key]["stages_s"] for key in ("ours", "prepared", "another_head") if found[key]]
    print_table(
        "Where our time goes",
        ("stage", "first s", "prepared s", "another head s")[: 1 + len(columns)],
        [(stage, *(column.get(stage) for column in columns)) for stage in stages],
    )
    beside = [
        ("conversion for an engine, the first time", sum(found["conversion_s"].values())),
        ("our first time, with conversion and the choice of the engine", found["first_time_s"]),
        ("import of the pictures", found["import_data_set_s"]),
    ]
    if found["cold_command"]:
        beside += [
            ("our whole command from nothing, with both", found["cold_command"]["whole_process_s"]),
            ("the whole process of model.fit", found["naive"]["whole_process_s"]),
        ]
    print_table("Beside it", ("", "s"), beside)
    print_table("Times faster", ("", ""), list(found["times_faster"].items()))


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--epochs", type=int, default=20)
    options.add_argument("--rounds", type=int, default=3, help="of ours; the median counts")
    options.add_argument("--train", type=int, default=1000, help="pictures to train on")
    options.add_argument("--validation", type=int, default=300, help="pictures to validate on")
    options.set_defaults(test=50, size=224)
    args = options.read()
    counts = {"train": args.train, "val": args.validation, "test": args.test}
    before = machine()
    with scratch() as folder:
        found = measure(folder, counts, args.size, args.epochs, args.rounds, args.quick)
    found["times_faster"] = ratios(found)
    times = found["times_faster"]
    found["targets"] = [at_least(name, WANTED[name], times[name]) for name in WANTED if name in times]
    show(found)
    finish(args.quick, before, found)


if __name__ == "__main__":
    main()
