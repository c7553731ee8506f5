"""The share of all pixels that each class of areas has, from some of the class maps of a data set."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np

from tlcore.data.annotations.class_maps import pixel_counts, read_class_map
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest

MOST, MOST_PIXELS = 200, 200_000_000  # class maps that are read, and pixels of them: a second at most


def pixel_shares(dataset: Dataset, manifest: Manifest) -> dict[str, float]:
    """Shares of the pixels that count, by class; {} where there are no class maps."""
    drawn = [example for example in manifest.examples if example.mask]
    pixels = sum(example.width * example.height for example in drawn)
    step = max(1, -(-len(drawn) // MOST), -(-pixels // MOST_PIXELS))
    counts = np.zeros(256, np.int64)
    for example in drawn[::step]:
        try:
            counts += _counts(dataset.file(example.mask))
        except OSError:  # it is gone: the others tell about the same
            continue
    known = counts[: len(manifest.classes)]
    if not known.any():
        return {}
    return {label: int(n) / int(known.sum()) for label, n in zip(manifest.classes, known, strict=True)}


@functools.lru_cache(maxsize=2 * MOST)
def _counts(file: Path) -> np.ndarray:
    """Pixels of each value, (256,); a stored file is named by its content and never changes."""
    return pixel_counts(read_class_map(file))
