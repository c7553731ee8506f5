"""For tests that compare runs: a workspace with a data set and several runs, put there by hand.

Nothing is trained: what is read are files, and these are the files that runs leave.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from tlcore import config as configuration
from tlcore.config import HeadConfig, RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example, Manifest
from tlcore.evaluate import report
from tlcore.runs import notes, speed
from tlcore.runs.notes import Notes
from tlcore.runs.run import Run
from tlcore.runs.speed import Speed

CLASSES = ("daisy", "rose", "tulip")
HOSTILE = "=1+1 <b>bold</b> *star* שלום [x](http://c.example)"
FROZEN, TUNED, OTHER, FAILED = (
    "flowers-20260301-101500-aaaa",
    "flowers-20260302-101500-bbbb",
    "birds-20260303-101500-cccc",
    "flowers-20260304-101500-dddd",
)
NEWEST_FIRST = [FAILED, OTHER, TUNED, FROZEN]


def write_data(home: Path, id: str, name: str) -> Path:
    """A data set of which only the manifest is there."""
    folder = home / "datasets" / id
    folder.mkdir(parents=True)
    examples = [Example(sha(id, row), f"{row}.png", CLASSES[row % 3], 64, 64) for row in range(120)]
    Dataset(folder).write(Manifest(name=name, classes=CLASSES, examples=tuple(examples)))
    return folder


def sha(id: str, row: int) -> str:
    return hashlib.sha256(f"{id} {row}".encode()).hexdigest()


def write_run(
    folder: Path,
    config: RunConfig,
    wrong: Sequence[int],
    head: int = 8,
    tuned: int = 0,
    validation: float = 0.9,
) -> Run:
    """A finished run whose answers to 100 test examples are right but for the rows `wrong`.

    Args:
        head: epochs of its first phase, and `tuned` of its second; without one its rows are as they were
            before there were phases.
    """
    run = Run.prepare(folder, configuration.resolved(config))
    data = Path(config.data).name
    true = np.arange(100) % 3
    said = true.copy()
    said[list(wrong)] = (true[list(wrong)] + 1) % 3
    chances = np.full((100, 3), 0.05)
    chances[np.arange(100), said] = 0.9
    score = report.score(
        "test", CLASSES, true, chances, [(sha(data, row), f"{row}.png") for row in range(100)]
    )
    report.write(
        folder / "report.json",
        report.Report(
            test=score,
            validation_accuracy=validation,
            validation_loss=0.3,
            validation_n=20,
            best_epoch=head + tuned - 1,
            epochs=head + tuned,
        ),
    )
    _write_rows(folder, head, tuned)
    (folder / "status.json").write_text(json.dumps({"state": "done", "device": "CPU"}))
    (folder / "model.keras").write_bytes(b"m" * 1_250_000)
    run.write_labels(CLASSES)
    return run


def _write_rows(folder: Path, head: int, tuned: int) -> None:
    rows = []
    for epoch in range(1, head + tuned + 1):
        share = 0.5**epoch if epoch <= head else 0.6 * 0.5**epoch
        row: dict[str, Any] = {"epoch": epoch, "loss": 0.1 + share, "accuracy": 1 - share / 2}
        row |= {"val_loss": 0.2 + share, "val_accuracy": 0.95 - share / 2, "learning_rate": 1e-3}
        if tuned:
            row["phase"] = "head" if epoch <= head else "fine-tuning"
        rows += [{**row, "step": 1, "steps": 2}, row]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def several(home: Path) -> dict[str, Run]:
    """Four runs by id: two on the same test pictures, one on others with a hostile name, one that failed."""
    flowers = write_data(home, "flowers-20260301-100000-0000", "My flowers")
    birds = write_data(home, "birds-20260301-100000-0001", "Birds | *garden* <i>")
    frozen = RunConfig(data=str(flowers), seed=1)
    tuned = msgspec.structs.replace(frozen, unfreeze=2, seed=2)
    small = RunConfig(data=str(birds), backbone="mobilenet_v2", head=HeadConfig(hidden=()))
    runs = {
        FROZEN: write_run(home / "runs" / FROZEN, frozen, range(10)),
        TUNED: write_run(home / "runs" / TUNED, tuned, range(6, 12), head=4, tuned=6, validation=0.95),
        OTHER: write_run(home / "runs" / OTHER, small, range(30), head=12),
        FAILED: Run.prepare(home / "runs" / FAILED, frozen),
    }
    (runs[FAILED].folder / "status.json").write_text('{"state": "failed", "error": "The disk is full."}')
    notes.write(runs[OTHER].folder, Notes(HOSTILE, starred=True))
    speed.write(runs[OTHER].folder, Speed(14.25, 12.5, 2_422_597))
    return runs


def change(run: Run, **changes: object) -> None:
    """Other settings for a run."""
    (run.folder / "config.json").write_bytes(
        configuration.to_json(msgspec.structs.replace(run.config(), **changes))
    )
