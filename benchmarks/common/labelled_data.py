"""Tables of labelled texts: reading, writing, and generated messages."""

from __future__ import annotations

import csv
import random
from collections import Counter
from pathlib import Path

from tlcore.data.samples.texts import make_text_sample

Labelled = list[tuple[str, str]]  # text and class


def read(path: Path) -> Labelled:
    """The rows of a CSV with the columns `text` and `label`."""
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["label"]) for row in csv.DictReader(file)]


def write(path: Path, rows: Labelled) -> None:
    """The same the other way; makes the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])


def draw(source: Path, folder: Path, counts: dict[str, int]) -> Path:
    """Some rows of each SOURCE/<split>.csv, drawn by chance but always the same, in the new `folder`."""
    for split, count in counts.items():
        rows = read(source / f"{split}.csv")
        write(folder / f"{split}.csv", random.Random(0).sample(rows, count))
    return folder


def draw_by_class(rows: Labelled, share: float, least: int, seed: int) -> Labelled:
    """This share of each class, drawn by `seed`; `least` rows of one that would have fewer."""
    random_rows, kept = random.Random(seed).sample(rows, len(rows)), []
    left = {label: max(least, round(share * n)) for label, n in Counter(label for _, label in rows).items()}
    for text, label in random_rows:
        if left[label]:
            left[label] -= 1
            kept.append((text, label))
    return kept


def generate(folder: Path, counts: dict[str, int]) -> None:
    """FOLDER/<split>.csv with so many generated messages of each class; no text lies in two splits."""
    seen: set[str] = set()
    for seed, (split, per_class) in enumerate(counts.items()):
        drawn = read(make_text_sample(folder.with_name("drawn"), per_class, seed))
        write(folder / f"{split}.csv", [row for row in drawn if row[0] not in seen])
        seen.update(text for text, _ in drawn)
