"""Our run and the tutorial's program, each in a fresh process: same pictures, same settings."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.common.measure import Home, Row, Watch, answer, conversions, engine, epochs

BACKBONE, HIDDEN, DROPOUT, BATCH = "efficientnet_lite0", 128, 0.4, 32


def settings(home: Home, size: int, count: int, hidden: int | None = HIDDEN, unfreeze: int = 0) -> Path:
    """The configuration file of our run: one hidden layer, `count` epochs, all of them trained.

    With blocks unfrozen the head has one epoch before.

    Args:
        hidden: None for the head that is recommended.
    """
    file = home.folder / f"config-{hidden}-{unfreeze}.json"
    wanted = {
        "backbone": BACKBONE,
        "input_size": size,
        "unfreeze": unfreeze,
        **({} if hidden is None else {"head": {"hidden": [hidden], "dropout": DROPOUT}}),
        "training": {"epochs": 1 if unfreeze else count, "batch_size": BATCH, "patience": 0},
        "fine_tuning": {"epochs": count, "patience": 0},
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(wanted))
    return file


def ours(home: Home, data: Path, run: Path, config: Path) -> Row:
    """Our run over an imported data set.

    Returns:
        `seconds` with everything but importing TensorFlow, `without_conversion_s` by the clock of the target.
    """
    watch = Watch(run)
    process = home.start("benchmarks.common.ours", data, run, config)
    watch.follow(process)
    told = answer(process)
    converted = conversions(run)
    rows = epochs(run)
    best = min(rows, key=lambda row: row["val_loss"])  # whose weights are kept
    return told | {
        "engine": engine(run),
        "conversion_s": converted,
        "without_conversion_s": round(told["seconds"] - sum(converted.values()), 3),
        "stages_s": watch.seconds(),
        "later_epochs_s": round(watch.later_epochs(), 3),
        "epochs": len(rows),
        "best_val_accuracy": round(max(row["val_accuracy"] for row in rows), 4),
        "kept_val_accuracy": round(best["val_accuracy"], 4),
    }


def naive(home: Home, folder: Path, size: int, count: int, unfreeze: int = 0) -> Row:
    """The tutorial's program over the folder of pictures."""
    spec = {
        "data": str(folder),
        "out": str(home.folder / "naive.keras"),
        "backbone": BACKBONE,
        "size": size,
        "hidden": HIDDEN,
        "dropout": DROPOUT,
        "epochs": count,
        "batch": BATCH,
        "rate": 1e-4 if unfreeze else 1e-3,  # as ours
        "unfreeze": unfreeze,
    }
    told, whole = home.run("benchmarks.common.model_fit_images", json.dumps(spec))
    return told | {"whole_process_s": round(whole, 3)}
