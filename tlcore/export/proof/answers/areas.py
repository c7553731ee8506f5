"""Answers that give every pixel a class: the same where hardly a pixel of the picture has another one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tlcore.data.annotations.class_maps import read_class_map
from tlcore.data.manifest import Example
from tlcore.evaluate.segmentation.class_maps import likeliest, own_numbers
from tlcore.evaluate.segmentation.overlap import areas, count_pixels, intersection_over_union
from tlcore.export.proof.answers import Agreement, largest_difference
from tlcore.runs.run import Run

MOST = 100
OTHER = 0.001  # share of the pixels of a picture that may have another class


def agreement(run: Run, examples: Sequence[Example], answers: np.ndarray, before: np.ndarray) -> Agreement:
    labels, dataset = run.labels(), run.dataset()
    numbers, same = own_numbers(labels, run.manifest().classes), 0
    are_files = answers.dtype == object
    largest = 0.0 if are_files else largest_difference(answers, before)
    counts = np.zeros((2, len(labels), len(labels)), np.int64)
    for example, answer, own in zip(examples, answers, before, strict=True):
        found = [_class_map(one, example) for one in (answer, own)]
        other = float((found[0] != found[1]).mean())
        same += other <= OTHER
        largest = max(largest, other) if are_files else largest
        true = numbers[read_class_map(dataset.file(example.mask))]
        counts += [count_pixels(true, one, len(labels)) for one in found]
    return Agreement(
        n=len(examples),
        same=same,
        largest=largest,
        score=_mean_overlap(counts[0]),
        score_before=_mean_overlap(counts[1]),
    )


def _class_map(answer: np.ndarray | Path, example: Example) -> np.ndarray:
    if isinstance(answer, Path):
        return read_class_map(answer)
    return likeliest(answer, example.width, example.height)


def _mean_overlap(counts: np.ndarray) -> float:
    """mIoU: the mean over the classes that there are."""
    overlap = intersection_over_union(areas(counts))
    return float(np.nanmean(overlap)) if np.isfinite(overlap).any() else 0.0
