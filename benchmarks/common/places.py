"""Models that say where things are, trained by the command line on parts of a data set, with their scores.

Behind `benchmarks.detection` and `benchmarks.segmentation`: each arm is a run of its own in a fresh process,
and the frozen part is computed anew for each, as for a first run.
"""

from __future__ import annotations

import json
import resource
import shutil
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.common.measure import Home, Row, print_table

KEPT = {"classes.txt", "classes.csv", "data.yaml", "SOURCE.json"}  # of a part: they name no pictures
CLASSES = ("amber", "blue")
COLOURS = {"amber": (230, 170, 40), "blue": (40, 90, 220)}
SIDE = 96  # pixels of a drawn picture


@dataclass(frozen=True)
class Arm:
    """One way to train: how many of the training pictures, and settings in place of the recommended ones."""

    name: str
    pictures: int | None = None  # None: all
    settings: Row = field(default_factory=dict)


def measure(data: Path, arms: Sequence[Arm], seeds: int, folder: Path, metrics: Sequence[str]) -> list[Row]:
    """The scores on the test part, the CPU seconds and the seconds of every arm with every seed."""
    rows = []
    for arm in arms:
        for seed in range(seeds):
            place = folder / f"{arm.name}-{seed}".replace(" ", "-")
            source = part(data, arm.pictures, seed, place / "data") if arm.pictures else data
            rows.append({"arm": arm.name, "seed": seed} | _run(source, arm, seed, place, metrics))
            show(rows, metrics)
    return rows


def _run(source: Path, arm: Arm, seed: int, place: Path, metrics: Sequence[str]) -> Row:
    place.mkdir(parents=True, exist_ok=True)
    config = place / "config.json"
    config.write_text(json.dumps(arm.settings | {"seed": seed}))
    home = Home(place / "home")
    home.run("tlcore", "check", source, "--json")  # its files are in memory for everybody alike
    before = _cpu()
    run = place / "run"
    told, seconds = home.run("tlcore", "train", source, "--out", run, "--config", config, "--json")
    report = json.loads((run / "report.json").read_bytes())
    intervals = {"interval": told["interval"], "n": told["n"], "best_epoch": report["best_epoch"]}
    shutil.rmtree(home.folder / "cache", ignore_errors=True)
    return {
        **{name: told[name] for name in metrics},
        "cpu_s": round(_cpu() - before, 1),
        "seconds": round(seconds, 1),
        "phases": {phase["name"]: phase["validation_accuracy"] for phase in report["phases"]},
        "kept": report["kept"],
        **intervals,
    }


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def part(data: Path, pictures: int, seed: int, folder: Path) -> Path:
    """The data set with so many of its training pictures, drawn by the seed; all of what is held out."""
    shutil.copytree(data, folder)
    train = folder / "train"
    stems = sorted(path.stem for path in (train / "images").iterdir())
    kept = {stems[i] for i in np.random.default_rng(seed).permutation(len(stems))[:pictures]}
    for path in train.rglob("*"):
        if path.is_file() and path.name not in KEPT and path.stem not in kept:
            path.unlink()
    return folder


def show(rows: Sequence[Row], metrics: Sequence[str]) -> None:
    """The arms so far: mean and range over seeds."""
    table = [
        (arm, len(own), *(_spread(own, name) for name in metrics), mean(own, "cpu_s") / 60)
        for arm, own in by_arm(rows).items()
    ]
    print_table("On the test part", ("", "seeds", *metrics, "CPU min"), table)


def gains(rows: Sequence[Row], metric: str) -> list[Row]:
    """The points on the test part that the second phase brought to the same head, with every seed that
    trained both; validation decided which weights were kept.
    """
    arms = {arm: {row["seed"]: row for row in own} for arm, own in by_arm(rows).items()}
    alone, both = (arms.get(name, {}) for name in ("recommended", "two phases"))
    found = [
        {
            "seed": seed,
            **both[seed]["phases"],
            "kept": both[seed]["kept"],
            "points": round(100 * (both[seed][metric] - alone[seed][metric]), 1) + 0.0,  # no "-0"
        }
        for seed in alone
        if seed in both
    ]
    if found:
        title = "Two phases against the head alone: scores on validation, points gained on the test part"
        print_table(title, tuple(found[0]), [tuple(row.values()) for row in found])
    return found


def by_arm(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each arm."""
    return {
        name: [row for row in rows if row["arm"] == name] for name in dict.fromkeys(r["arm"] for r in rows)
    }


def mean(rows: Sequence[Row], name: str) -> float:
    """The mean of a figure over seeds."""
    return statistics.mean(row[name] or 0.0 for row in rows)


def _spread(rows: Sequence[Row], name: str) -> str:
    values = [row[name] or 0.0 for row in rows]
    return f"{statistics.mean(values):.3f} ({min(values):.3f}–{max(values):.3f})"


def draw(folder: Path, annotate: Callable[[Path, list[Row]], None]) -> Path:
    """Drawn pictures with rectangles in two colours, annotated by `annotate(part, pictures)`."""
    for name, count, first in (("train", 8, 0), ("val", 3, 100), ("test", 3, 200)):
        (folder / name / "images").mkdir(parents=True)
        annotate(folder / name, list(_drawn(folder / name / "images", count, first)))
    (folder / "classes.txt").write_text("\n".join(CLASSES) + "\n")
    return folder


def _drawn(folder: Path, count: int, first: int) -> Iterator[Row]:
    for number in range(first, first + count):
        random = np.random.default_rng(number)
        noise = random.integers(90, 130, (SIDE, SIDE, 3), np.uint8)
        image = Image.fromarray(noise)
        pen, boxes = ImageDraw.Draw(image), []
        for place, label in enumerate(CLASSES):
            left, top = (int(value) for value in random.integers(2, 40, 2))
            left += place * 44
            boxes.append((label, left, top, left + 30, top + 30))
            pen.rectangle((left, top, left + 29, top + 29), fill=COLOURS[label])
        image.save(folder / f"{number:03}.png")
        yield {"name": f"{number:03}.png", "boxes": boxes}
