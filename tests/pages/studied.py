"""A finished run with a study, put there by hand: pictures, some of whose labels look wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence

import msgspec
import numpy as np

from tests.pages.planted import LABELS, LILY, ROSE, TULIP, example, planted, settled
from tlcore import config as configuration
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest
from tlcore.evaluate import report, study
from tlcore.evaluate.study import Point, Study, Suspect
from tlcore.runs.placement import placement
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

FIRST, SECOND = "flowers-20260101-120000-aaaa", "flowers-20260102-120000-bbbb"
EACH = 20  # of each of the three classes; every fourth is in the test part


def flowers(thumbnails: int = 0) -> Dataset:
    """Sixty pictures with their own split."""
    labels = [label for label in LABELS for _ in range(EACH)]
    examples = [example(n, label, "test" if n % 4 == 0 else "train") for n, label in enumerate(labels)]
    return planted(settled(Manifest(name="flowers", examples=tuple(examples))), thumbnails)


def trained(dataset: Dataset, id: str, wrong: int, **settings: object) -> Run:
    """A finished run on the newest version; so many of its answers on test are wrong, the first ones."""
    manifest = dataset.read()
    config = RunConfig(data=str(dataset.folder), data_version=manifest.version)
    config = configuration.resolved(msgspec.structs.replace(config, **settings))
    run = Run.prepare(Workspace().runs / id, config)
    places = placement(config, manifest)
    tested = [e for e, place in zip(manifest.examples, places, strict=True) if place == "test"]
    tested.sort(key=lambda e: e.sha256)
    true = np.array([manifest.classes.index(e.label) for e in tested])
    said = np.where(np.arange(len(true)) < wrong, (true + 1) % len(manifest.classes), true)
    chances = np.full((len(true), len(manifest.classes)), 0.05)
    chances[np.arange(len(true)), said] = 0.9
    score = report.score("test", manifest.classes, true, chances, [(e.sha256, e.name) for e in tested])
    told = report.Report(
        test=score, validation_accuracy=0.9, validation_loss=0.3, validation_n=9, best_epoch=4, epochs=4
    )
    report.write(run.folder / "report.json", told)
    run.write_labels(manifest.classes)
    (run.folder / "status.json").write_text(json.dumps({"state": "done", "device": "CPU"}))
    (run.folder / "metrics.jsonl").write_text("")
    run.model.write_bytes(b"a model would be here")
    return run


def suspects(dataset: Dataset, numbers: Sequence[int]) -> tuple[Suspect, ...]:
    """These training pictures, each suspected to be of the next class."""
    following = {ROSE: TULIP, TULIP: LILY, LILY: ROSE}
    by_number = {int(e.sha256, 16): e for e in dataset.read(1).examples}
    return tuple(
        Suspect(
            sha256=by_number[n].sha256,
            name=by_number[n].name,
            label=by_number[n].label,
            suggested=following[by_number[n].label],
            quality=0.01 * (place + 1),
        )
        for place, n in enumerate(numbers)
    )


def points(run: Run, dataset: Dataset) -> tuple[Point, ...]:
    """All of them on a ring."""
    answers = {p.sha256: p.predicted for p in run.report().test.predictions}
    return tuple(
        Point(e.sha256, e.name, e.label, answers.get(e.sha256, ""), e.split or "train", *_ring(place))
        for place, e in enumerate(dataset.read(1).examples)
    )


def _ring(place: int) -> tuple[float, float]:
    return round(float(np.cos(place / 9)), 4), round(float(np.sin(place / 9)), 4)


def studied(run: Run, dataset: Dataset, numbers: Sequence[int] = (), likely: int | None = 2) -> Study:
    """A study with these suspects, and a map."""
    found = suspects(dataset, numbers)
    made = Study(looked_through=45, suspects=found, likely_wrong=likely, points=points(run, dataset))
    study.write(run.folder, made)
    return made
