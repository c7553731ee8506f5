"""For tests of the pages: a workspace with a data set of texts and a finished run on it, put there by hand.

Nothing is trained: what pages read are files, and these are the files that an import and a run leave.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tlcore import config as configuration
from tlcore.config import HeadConfig, RunConfig
from tlcore.data.dataset import Dataset, datasets
from tlcore.data.manifest import Example, Manifest, Skipped
from tlcore.data.text_import import write_texts
from tlcore.evaluate import report
from tlcore.runs.run import Run, runs

LONG = "Once upon a time there was a shop. " * 30
TEXTS = {
    "praise": ["What a <b>lovely</b> *shop*!", "خدمة رائعة، شكرا لكم!", "这家商店真好。", LONG],
    "blame": [
        "It came **too** late, see [this](http://x.example)",
        "זה היה מאוחר מדי.",
        "สินค้ามาช้ามาก",
        ":red[no]",
    ],
    "<i>other</i>": ["When do you open?", "Where are you?", "# Heading\n- and a list", "Is it $5$ or `6`?"],
}
CLASSES = tuple(TEXTS)
EACH = 20


@dataclass(frozen=True)
class Written:
    """One workspace, as the pages find it."""

    home: Path

    @property
    def dataset(self) -> Dataset:
        return datasets(self.home / "datasets")[0]

    @property
    def run(self) -> Run:
        return runs(self.home / "runs")[0]

    def copy(self, home: Path) -> Written:
        """The same workspace in another place, to change at will."""
        shutil.copytree(self.home, home)
        path = Written(home).run.folder / "config.json"
        path.write_text(path.read_text().replace(str(self.home), str(home)))
        return Written(home)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Sixty texts in three classes and a finished run. Only read it, or take a `copy`."""
    home = tmp_path_factory.mktemp("written") / "workspace"
    write(home)
    return Written(home)


def write(home: Path) -> None:
    """Write the data set and the run."""
    folder = home / "datasets" / "messages-20260101-120000-abcd"
    (folder / "files").mkdir(parents=True)
    texts = {}
    examples = []
    for label, beginnings in TEXTS.items():
        for number in range(EACH):
            text = beginnings[number] if number < len(beginnings) else f"{beginnings[0]} Number {number}."
            sha256 = hashlib.sha256(text.encode()).hexdigest()
            texts[sha256] = text
            examples.append(Example(sha256, f"row {len(examples) + 2}", label, bytes=len(text.encode())))
    write_texts(folder, texts)
    skipped = (Skipped("row 62", "The label is missing."),)
    Dataset(folder).write(
        Manifest(
            name="Messages <b>to</b> a shop",
            task="texts",
            created="2026-01-01T12:00:00Z",
            classes=CLASSES,
            examples=tuple(examples),
            skipped=skipped,
        )
    )
    _write_run(home / "runs" / "messages-20260101-121500-abcd", folder, examples)


def _write_run(folder: Path, data: Path, examples: list[Example]) -> None:
    folder.mkdir(parents=True)
    config = RunConfig(data=str(data), backbone="minilm_l6", head=HeadConfig(hidden=(16,)))
    (folder / "config.json").write_bytes(configuration.to_json(configuration.resolved(config)))
    (folder / "labels.json").write_text(json.dumps(CLASSES))
    (folder / "status.json").write_text(json.dumps({"state": "done", "device": "CPU"}))
    rows = [
        {"epoch": n, "loss": 1 / n, "accuracy": 1 - 0.5 / n, "val_loss": 1.1 / n, "val_accuracy": 1 - 0.6 / n}
        for n in range(1, 41)
    ]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "model.keras").write_bytes(b"a model would be here")
    tested = [e for label in CLASSES for e in [e for e in examples if e.label == label][:6]]
    true = np.array([CLASSES.index(example.label) for example in tested])
    said = np.where(
        np.arange(len(true)) % 6 == 1, (true + 1) % 3, true
    )  # one of six is taken for the next class
    chances = np.full((len(true), 3), 0.05)
    chances[np.arange(len(true)), said] = 0.9
    score = report.score("test", CLASSES, true, chances, [(e.sha256, e.name) for e in tested], 0)
    report.write(
        folder / "report.json",
        report.Report(
            test=score,
            validation_accuracy=0.9,
            validation_loss=0.3,
            validation_n=9,
            best_epoch=40,
            epochs=40,
        ),
    )
