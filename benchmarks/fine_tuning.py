"""Seconds of an epoch with the last two blocks unfrozen: `python -m benchmarks.fine_tuning [--quick]`.

Ours, which trains on the output of the frozen part, against the tutorial's `model.fit`, which runs the whole
network over every picture in every epoch: same backbone, head, pictures and batch size. An epoch includes its
validation; the first is left out, since it compiles. Beside it stands what ours computes only once. Prints
JSON.
"""

from __future__ import annotations

import argparse
import statistics
from functools import partial
from pathlib import Path

from benchmarks.common import pictures
from benchmarks.common.compare import BACKBONE, BATCH, naive, ours, settings
from benchmarks.common.measure import (
    Home,
    Row,
    at_least,
    finish,
    import_dataset,
    machine,
    print_table,
    run_tasks,
    scratch,
)

UNFREEZE = 2
WANTED = 5  # times faster


def measure(folder: Path, counts: dict[str, int], size: int, count: int, rounds: int, quick: bool) -> Row:
    """Rounds of ours, of which only the first has to run the frozen part, and the tutorial's program once."""
    made_of = pictures.make(folder / "data", counts)
    home = Home(folder / "home")
    data, _ = import_dataset(home, folder / "data", "pictures")
    config = settings(home, size, count, unfreeze=UNFREEZE)
    tasks = [partial(ours, home, data, folder / f"run-{i}", config) for i in range(rounds)]
    *told, tutorial = run_tasks([*tasks, partial(naive, home, folder / "data", size, count, UNFREEZE)], quick)
    middle = statistics.median_low(row["later_epochs_s"] for row in told)
    return {
        "pictures": {**counts, "made_of": made_of, "size": list(pictures.SIZE)},
        "backbone": BACKBONE,
        "unfreeze": UNFREEZE,
        "input_size": size,
        "epochs": count,
        "batch_size": BATCH,
        "ours": next(row for row in told if row["later_epochs_s"] == middle),
        "ours_rounds_epoch_s": [row["later_epochs_s"] for row in told],
        "features_s": told[0]["stages_s"]["features"],
        "conversion_s": told[0]["conversion_s"],
        "naive": tutorial,
    }


def main() -> None:
    """Print the figures as one JSON object."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--quick", action="store_true", help="60 + 20 pictures at 64 pixels, 3 epochs")
    options.add_argument("--epochs", type=int, default=4)
    options.add_argument("--rounds", type=int, default=3, help="of ours; the median counts")
    options.add_argument("--train", type=int, default=1000, help="pictures to train on")
    options.add_argument("--validation", type=int, default=300, help="pictures to validate on")
    args = options.parse_args()
    counts = {"train": args.train, "val": args.validation, "test": 50}
    size, count, rounds = 224, args.epochs, args.rounds
    if args.quick:
        counts, size, count, rounds = {"train": 60, "val": 20, "test": 10}, 64, 3, 1
    before = machine()
    with scratch() as folder:
        found = measure(folder, counts, size, count, rounds, args.quick)
    fast, slow = found["ours"]["later_epochs_s"], found["naive"]["later_epochs_s"]
    rows = [
        ("ours", fast, found["ours"]["best_val_accuracy"], found["features_s"]),
        ("model.fit", slow, found["naive"]["best_val_accuracy"], None),
    ]
    print_table("Two blocks unfrozen", ("", "s an epoch", "best val. accuracy", "features, once, s"), rows)
    found["targets"] = [at_least("epoch_times_faster", WANTED, slow / fast)]
    finish(args.quick, before, found)


if __name__ == "__main__":
    main()
