"""Estimates from random halves of a data set, held against the same kind of head on the other half."""

from __future__ import annotations

import statistics
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.common.measure import Row
from tlcore.config.split import SplitConfig
from tlcore.config.training import TrainingConfig
from tlcore.data.dataset import Dataset
from tlcore.data.splits import group_numbers
from tlcore.evaluate.estimate import learning_curve, record
from tlcore.evaluate.estimate.amount import AmountTrials
from tlcore.evaluate.folds import stratified_folds
from tlcore.heads.solved_head import PENALTIES, USUAL, Examples, refit, solve

TINY = 1e-9
AMOUNTS = (1, 5, 15)  # examples of each class whose intervals are held against the truth


def halves(preparation: Path, data: Path, draws: int) -> Row:
    """Estimates from a random half of the examples, and the accuracy on the other half, over some draws."""
    manifest = Dataset(data).read()
    features = record.ExampleFeatures.load(preparation)
    assert features is not None
    x = features.of(np.array([example.sha256 for example in manifest.examples]))
    assert x is not None
    labels = np.array([manifest.classes.index(example.label) for example in manifest.examples])
    groups = group_numbers(manifest, SplitConfig())
    seeds = range(draws)
    found: Row = {"all": [half(x, labels, groups, seed) for seed in seeds]}
    for each in AMOUNTS:
        found[f"{each} each"] = [few_of_half(x, labels, groups, seed, each) for seed in seeds]
    return {
        name: {
            "gap": round(statistics.mean(estimated - reached for estimated, reached, _ in rows), 4),
            "inside": round(statistics.mean(inside for *_, inside in rows), 2),
        }
        for name, rows in found.items()
    }


def few_of_half(
    x: np.ndarray, labels: np.ndarray, groups: np.ndarray, seed: int, each: int
) -> tuple[float, float, bool]:
    """The same with so many examples of each class, drawn for the other half by another seed."""
    known = half_of(groups, seed)
    classes, folds = int(labels.max()) + 1, stratified_folds(labels[known], groups[known], seed)
    training = TrainingConfig().epochs
    trials = AmountTrials(
        x[known], labels[known], folds, groups[known], classes, float(PENALTIES[USUAL]), training, seed
    )
    found = trials.score(each)
    rows = np.flatnonzero(known)[replace(trials, seed=seed + 1000).drawn(each, 0, seed % 5)]
    kernel, bias = refit(x[rows], labels[rows], classes, trials.penalty, training)
    reached = float(((x[~known] @ kernel + bias).argmax(axis=1) == labels[~known]).mean())
    low, high = found.interval
    return found.accuracy, reached, low - TINY <= reached <= high + TINY


def half_of(groups: np.ndarray, seed: int) -> np.ndarray:
    """A random half of the examples, look-alikes together."""
    names = np.random.default_rng(seed).permutation(np.unique(groups))
    return np.isin(groups, names[: len(names) // 2])


def half(x: np.ndarray, labels: np.ndarray, groups: np.ndarray, seed: int) -> tuple[float, float, bool]:
    """The estimate from one half, the accuracy on the other, and whether the interval holds that."""
    known = half_of(groups, seed)
    folds = stratified_folds(labels[known], groups[known], seed)
    even = np.ones(int(known.sum()), np.float32)
    examples = Examples(x[known], labels[known], even, folds == 0, folds, int(labels.max()) + 1)
    found = solve(examples, TrainingConfig().epochs, lambda: None)
    assert found.logits is not None
    accuracy = float((found.logits.argmax(axis=1) == labels[known]).mean())
    low, high = learning_curve.interval(accuracy, len(np.unique(groups[known])))
    kernel, bias = found.layer
    reached = float(((x[~known] @ kernel + bias).argmax(axis=1) == labels[~known]).mean())
    return accuracy, reached, low - TINY <= reached <= high + TINY
