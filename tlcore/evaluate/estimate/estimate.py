"""The estimate of what a first model would get: cross-validated heads on frozen features, map, label errors.

`tlcore/commands/prepare.py` calls it once the features are there; it needs no TensorFlow.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import numpy as np
from threadpoolctl import threadpool_limits

from tlcore.config import RunConfig
from tlcore.data.examples.summary import columns_of
from tlcore.data.manifest import Example, Manifest
from tlcore.data.splits import assign, group_numbers
from tlcore.evaluate import embedding_map, label_errors
from tlcore.evaluate.analysis import Analysis, LabelError, Point
from tlcore.evaluate.estimate import learning_curve
from tlcore.evaluate.estimate.record import ClassEstimate, Estimate
from tlcore.evaluate.folds import stratified_folds
from tlcore.evaluate.sampling import sample_evenly
from tlcore.heads.solved_head import Examples, solve

MOST = 4_000  # examples that are asked; of more, as many of each class as possible
FEWEST = 10  # different examples; of fewer nobody can say anything
OnStep = Callable[[str], object]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LabelledExamples:
    """The examples that an estimate may use: the training and validation ones of the usual split."""

    examples: tuple[Example, ...]
    classes: tuple[str, ...]
    rows: np.ndarray  # of each in the manifest, (n,), ascending
    places: np.ndarray  # the split of each, (n,)
    groups: np.ndarray  # a number for each, (n,), the same for look-alikes
    total: int

    @property
    def labels(self) -> np.ndarray:
        """Class numbers, (n,)."""
        number = {label: at for at, label in enumerate(self.classes)}
        return np.array([number[example.label] for example in self.examples], dtype=np.int64)

    @property
    def sha256(self) -> np.ndarray:
        return np.array([example.sha256 for example in self.examples])


def labelled_examples(manifest: Manifest, config: RunConfig) -> LabelledExamples:
    """The examples of this version that its estimate rests on; test examples are none of them.

    Raises:
        DataError: it cannot be trained on yet.
    """
    places = np.array(assign(manifest, config.split))
    groups = group_numbers(manifest, config.split)
    rows = np.flatnonzero(np.isin(places, ("train", "validation")))
    own = columns_of(manifest.examples)
    chosen = rows[sample_evenly(np.array(own.labels)[own.label[rows]], MOST, config.seed)]
    return LabelledExamples(
        examples=tuple(manifest.examples[int(row)] for row in chosen),
        classes=manifest.classes,
        rows=chosen,
        places=places[chosen],
        groups=groups[chosen],
        total=len(rows),
    )


def estimate(
    known: LabelledExamples,
    features: np.ndarray,
    config: RunConfig,
    on_step: OnStep,
    on_scores: Callable[[Estimate], object] = lambda scores: None,
) -> Estimate:
    """The estimate from what enters a head for the examples, (n, width).

    Args:
        on_step: called before each step with "accuracy", "labels" or "map". It may raise to leave.
        on_scores: called with the scores alone; what is left takes longer, and loads heavy libraries.
    """
    found = Estimate(version=config.data_version, backbone=config.backbone, total=known.total)
    if len(np.unique(known.groups)) < FEWEST or len(np.unique(known.labels)) < 2:
        return found
    with threadpool_limits(1):  # products this small take longer on two cores, and others need the second
        found, logits = _accuracy(found, known, features, config, lambda: on_step("accuracy"))
        on_scores(found)
        on_step("labels")
        found = msgspec.structs.replace(found, analysis=_label_errors(known, logits))
        import sklearn.manifold  # noqa: F401  with its libraries: only those that are loaded get a limit

    with threadpool_limits(1):
        on_step("map")
        points = _points(known, features, logits, config.seed)
    return msgspec.structs.replace(found, analysis=msgspec.structs.replace(found.analysis, points=points))


def _accuracy(
    found: Estimate,
    known: LabelledExamples,
    features: np.ndarray,
    config: RunConfig,
    check_stop: Callable[[], object],
) -> tuple[Estimate, np.ndarray]:
    """The estimate with its scores, and the answers that they come from, (n, classes)."""
    labels, groups, is_held_out = known.labels, known.groups, known.places == "validation"
    folds = stratified_folds(labels, groups, config.seed)
    weights = np.ones(len(labels), np.float32)
    examples = Examples(features, labels, weights, is_held_out, folds, len(known.classes))
    whole = solve(examples, config.training.epochs, check_stop)
    assert whole.logits is not None
    parts = learning_curve.parts(features, labels, groups, folds, whole, config.seed, check_stop)
    right = whole.logits.argmax(axis=1) == labels
    different = len(np.unique(groups))
    counts, hits = (np.bincount(of, minlength=len(known.classes)) for of in (labels, labels[right]))
    scores = msgspec.structs.replace(
        found,
        n=len(labels),
        right=int(right.sum()),
        interval=learning_curve.interval(float(right.mean()), different),
        baseline_label=known.classes[int(counts.argmax())],
        baseline_accuracy=float(counts.max() / len(labels)),
        classes=tuple(map(ClassEstimate, known.classes, counts.tolist(), hits.tolist())),
        curve=learning_curve.points(parts, different),
        doubling=learning_curve.doubling(parts),
        forecast=learning_curve.forecast(parts),
        penalty=whole.penalty,
        passes=whole.best,
    )
    return scores, whole.logits


def _label_errors(known: LabelledExamples, logits: np.ndarray) -> Analysis:
    """An analysis with the labels that are probably wrong."""
    errors = label_errors.find_label_errors(known.labels, logits)
    suspects = [(known.examples[error.row], error) for error in errors.rows]
    return Analysis(
        examples=len(known.examples),
        likely_errors=errors.likely_errors,
        label_errors=tuple(
            LabelError(
                sha256=example.sha256,
                name=example.name,
                label=example.label,
                suggested=known.classes[error.suggested],
                quality=error.quality,
            )
            for example, error in suspects
        ),
    )


def _points(
    known: LabelledExamples, features: np.ndarray, logits: np.ndarray, seed: int
) -> tuple[Point, ...]:
    """The map of the examples; the answer to each comes from a head that had not seen it."""
    rows = sample_evenly(known.labels, embedding_map.MOST, seed)
    places = embedding_map.map_coordinates(features[rows], seed).tolist()
    answers = logits.argmax(axis=1)
    return tuple(
        Point(
            known.examples[row].sha256,
            known.examples[row].name,
            known.examples[row].label,
            known.classes[answers[row]],
            str(known.places[row]),
            x,
            y,
        )
        for row, (x, y) in zip(rows.tolist(), places, strict=True)
    )
