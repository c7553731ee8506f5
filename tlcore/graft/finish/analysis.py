"""The last step of a run, once its model can be used: an analysis of its examples by the model's features.

Called by `pipeline.py`; writes `features.npz` and then `study.json`. The model is there already, so a part
that fails is logged and left out, and the run is finished all the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import TypeVar

import keras
import msgspec
import numpy as np

from tlcore.data.examples.example_columns import SPLIT_CODES
from tlcore.data.examples.rows import keys_at
from tlcore.data.task_words import WORDS
from tlcore.evaluate import analysis, embedding_map, label_errors, report
from tlcore.evaluate.novelty import KnownFeatures, half_directions, novelty_threshold
from tlcore.evaluate.sampling import sample_evenly
from tlcore.graft.network import cut
from tlcore.graft.training.batches import Inference
from tlcore.graft.training.out_of_fold import OutOfFold
from tlcore.graft.training.phases import TrainingResult
from tlcore.graft.training.run_context import RunContext, StopRequested

MOST_KNOWN = 20_000  # examples in features.npz; of more, as many of each class as possible
MOST_DISTANCES = 2_000  # behind the threshold; more change nothing
GROUP = 512  # examples between two looks at whether to stop
MESSAGE = "The model is ready. Analysing the {many}"
T = TypeVar("T")
log = logging.getLogger(__name__)


def analyse(result: TrainingResult, test: report.Score, folds: OutOfFold | None) -> None:
    """Analyse a finished run and write `study.json`.

    Args:
        test: its score on the test split.
        folds: answers of heads that had not seen the examples; None: there are none.

    Raises:
        StopRequested: the person asked to stop.
    """
    context = result.context
    content = msgspec.structs.replace(
        _map_and_novelty(result, test), no_label_errors=_no_folds(result, folds)
    )
    if folds is not None:
        context.reporter.progress(0, 0, "The model is ready. Looking for label errors")
        context.check_stop()
        errors = attempt("label errors", lambda: _label_errors(context, folds))
        content = msgspec.structs.replace(
            content,
            examples=len(folds.rows) if errors else 0,
            label_errors=errors[0] if errors else (),
            likely_errors=errors[1] if errors else None,
            no_label_errors="" if errors else "failed",
        )
        if errors:
            message = "analysis: about %d of %d labels are likely wrong; the %d most suspicious are kept"
            log.info(message, errors[1], len(folds.rows), len(errors[0]))
    analysis.write(context.run.folder, content)


def _map_and_novelty(result: TrainingResult, test: report.Score) -> analysis.Analysis:
    """The parts of the analysis that rest on features."""
    context = result.context
    known, on_map = _choose_rows(context)
    many = WORDS[context.manifest.task].many
    total = len(np.union1d(known, on_map))
    context.reporter.stage("study", MESSAGE.format(many=many), total=total)
    found = attempt("features", lambda: _novelty_and_plane(result, known, on_map))
    if found is None:
        return analysis.Analysis(no_points="failed")
    novelty, plane = found
    context.reporter.progress(0, 0, f"The model is ready. Drawing a map of the {many}")
    context.check_stop()
    points = attempt("map", lambda: _points(context, test, on_map, plane))
    no_points: analysis.Reason = "failed" if points is None else "" if points else "few"
    return analysis.Analysis(novelty=novelty, points=points or (), no_points=no_points)


def _no_folds(result: TrainingResult, folds: OutOfFold | None) -> analysis.Reason:
    """The reason why no heads answered examples that they had not seen; "": they did."""
    if folds is not None:
        return ""
    is_new = result.head_reader is not None and not result.context.config.start_from
    return "few" if is_new else "continued"


def attempt(part: str, make: Callable[[], T]) -> T | None:
    """A part of an analysis; None where it failed, which the log says."""
    try:
        return make()
    except StopRequested:
        raise
    except Exception:  # whatever it is, the model answers
        log.warning("analysis: no %s", part, exc_info=True)
        return None


def _choose_rows(context: RunContext) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the known examples in `features.npz`, and of the examples on the map, each ascending.

    At least half of the map is for test examples, where there are so many: mistakes are found there.
    """
    seed, labels = context.config.seed, context.class_numbers()
    known = np.sort(np.concatenate([context.rows("train"), context.rows("validation")]))
    known = known[sample_evenly(labels[known], MOST_KNOWN, seed)]
    test = context.rows("test")
    room = embedding_map.MOST - min(len(known), embedding_map.MOST // 2)
    test = test[sample_evenly(labels[test], room, seed)]
    others = known[sample_evenly(labels[known], embedding_map.MOST - len(test), seed)]
    return known, np.sort(np.concatenate([test, others]))


def _novelty_and_plane(
    result: TrainingResult, known: np.ndarray, on_map: np.ndarray
) -> tuple[analysis.Novelty | None, np.ndarray]:
    """The threshold, and what the map is drawn from, as `_features` gives it; the known are in their file."""
    directions, plane = _features(result, known, on_map)
    return attempt("novelty", lambda: _novelty(result, known, directions)), plane


def _features(result: TrainingResult, known: np.ndarray, on_map: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For the known examples the directions of their features, (n, width) float16, and for those on the map
    the features, (m, width) float32: of 20,000 examples all features would take 100 MB.
    """
    rows = np.concatenate([known, np.setdiff1d(on_map, known)])
    order = np.argsort(rows)
    shown = order[np.searchsorted(rows, on_map, sorter=order)]
    width = cut.head_input(result.model.tail).shape[-1]
    directions, plane = np.empty((len(known), width), np.float16), np.empty((len(shown), width), np.float32)
    at = 0
    for features in _head_features(result, rows):
        own = half_directions(features[: max(0, len(known) - at)])
        directions[at : at + len(own)] = own
        here = (at <= shown) & (shown < at + len(features))
        plane[here] = features[shown[here] - at]
        at += len(features)
    return directions, plane


def _head_features(result: TrainingResult, rows: np.ndarray) -> Iterator[np.ndarray]:
    """Features that enter the head for the examples `rows` (n,), some at a time, (…, width) float32."""
    context, tail, reader = result.context, result.model.tail, result.reader
    if result.open_head is not None and result.open_head.terms is not None:
        reader = result.head_reader or reader  # the features alone
    head_input = cut.head_input(tail)
    inference = None  # where only the head has trained, the cut tensors are the features
    if not any(head_input is tensor for tensor in tail.inputs):
        inference = Inference(keras.Model(tail.inputs, head_input))
    for at in range(0, len(rows), GROUP):
        context.check_stop()
        group = rows[at : at + GROUP]
        found = inference(context.batches(reader, group)) if inference else reader(group)[0]
        if not np.isfinite(found).all():
            raise ValueError("numbers that are not finite enter the head")
        yield found.astype(np.float32, copy=False)
        context.reporter.progress(at + len(group), len(rows))


def _novelty(result: TrainingResult, rows: np.ndarray, directions: np.ndarray) -> analysis.Novelty | None:
    """Write the `directions` (n, width) of the known examples `rows` (n,), and read a threshold off them.

    It rests on the distances of examples from all other known ones that do not look the same. A backbone that
    never trained knows none of them, so each may be left out in turn. One that did has drawn those it learned
    from together, which new ones will not be: there only the validation split counts.
    """
    context = result.context
    sha256 = np.array([context.manifest.examples[row].sha256 for row in rows])
    known = KnownFeatures.of_directions(directions, sha256, context.class_numbers()[rows])
    known.save(context.run.folder)
    is_pretrained = result.best_phase == "head" and not context.config.start_from
    usable = np.flatnonzero(np.isin(rows, context.rows("validation")) | is_pretrained)
    random = np.random.default_rng(context.config.seed)
    chosen = np.sort(random.permutation(usable)[:MOST_DISTANCES])
    return novelty_threshold(known.distances_within(chosen, context.groups()[rows]), known.neighbours)


def _label_errors(context: RunContext, folds: OutOfFold) -> tuple[tuple[analysis.LabelError, ...], int]:
    """The most suspicious labels, and the number that are likely wrong."""
    errors = label_errors.find_label_errors(context.class_numbers()[folds.rows], folds.logits)
    classes = context.manifest.classes
    examples = [context.manifest.examples[folds.rows[error.row]] for error in errors.rows]
    return tuple(
        analysis.LabelError(
            sha256=example.sha256,
            name=example.name,
            label=example.label,
            suggested=classes[error.suggested],
            quality=error.quality,
        )
        for example, error in zip(examples, errors.rows, strict=True)
    ), errors.likely_errors


def _points(
    context: RunContext, test: report.Score, rows: np.ndarray, features: np.ndarray
) -> tuple[analysis.Point, ...]:
    """The map of the examples `rows` (n,) by their features (n, width)."""
    shown = set(keys_at(context.manifest.examples, rows))
    answers = ((answer.key, answer.predicted) for answer in test.predictions)
    predicted_of = {key: predicted for key, predicted in answers if key in shown}
    points = []
    for row, (x, y) in zip(
        rows, embedding_map.map_coordinates(features, context.config.seed).tolist(), strict=True
    ):
        example, split = context.manifest.examples[row], SPLIT_CODES[context.splits[row]]
        predicted = predicted_of[example.key] if split == "test" else ""
        points.append(analysis.Point(example.sha256, example.name, example.label, predicted, split, x, y))
    return tuple(points)
