"""Seconds of an epoch with the last two blocks unfrozen: `python -m benchmarks.fine_tuning [--quick]`.

Ours, which trains on the output of the frozen part, against the tutorial's `model.fit`, which runs the whole
network over every picture in every epoch: same backbone, head, pictures and batch size. An epoch includes its
validation; the first is left out, since it compiles. Beside it stands what ours computes only once. Prints
JSON.
"""

from __future__ import annotations

import statistics
from pathlib import Path

from benchmarks.common import pictures
from benchmarks.common.compare import BACKBONE, BATCH, naive, ours, settings
from benchmarks.common.measure import (
    POLL,
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

UNFREEZE = 2
QUICK = {"train": 20, "validation": 10, "test": 5, "size": 32, "epochs": 2, "rounds": 1}
WANTED = 5  # times faster


def measure(folder: Path, counts: dict[str, int], size: int, count: int, rounds: int) -> Row:
    """Rounds of ours, of which only the first has to run the frozen part, and the tutorial's program once."""
    made_of = pictures.make(folder / "data", counts)
    home = Home(folder / "home")
    data, _ = import_dataset(home, folder / "data", "pictures")
    config = settings(home, size, count, unfreeze=UNFREEZE)
    told = [ours(home, data, folder / f"run-{i}", config) for i in range(rounds)]
    tutorial = naive(home, folder / "data", size, count, UNFREEZE)
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
    options = Options(__doc__, QUICK)
    options.add_argument("--epochs", type=int, default=4)
    options.add_argument("--rounds", type=int, default=3, help="of ours; the median counts")
    options.add_argument("--train", type=int, default=1000, help="pictures to train on")
    options.add_argument("--validation", type=int, default=300, help="pictures to validate on")
    options.set_defaults(test=50, size=224)
    args = options.read()
    counts = {"train": args.train, "val": args.validation, "test": args.test}
    before = machine()
    with scratch() as folder:
        found = measure(folder, counts, args.size, args.epochs, args.rounds)
    fast, slow = found["ours"]["later_epochs_s"], found["naive"]["later_epochs_s"]
    rows = [
        ("ours", fast, found["ours"]["best_val_accuracy"], found["features_s"]),
        ("model.fit", slow, found["naive"]["best_val_accuracy"], None),
    ]
    print_table("Two blocks unfrozen", ("", "s an epoch", "best val. accuracy", "features, once, s"), rows)
    found["targets"] = [at_least("epoch_times_faster", WANTED, slow / max(fast, POLL))]
    finish(args.quick, before, found)


if __name__ == "__main__":
    main()
