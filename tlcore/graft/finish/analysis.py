"""The last step of a run, once its model can be used: what the model's features say of its examples.

Called by `pipeline.py`; writes `features.npz` and then `study.json`. The model is there already, so what
cannot be worked out is logged and left out, and the run is finished all the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

import keras
import numpy as np

from tlcore.data.task_words import WORDS
from tlcore.evaluate import analysis, embedding_map, label_errors, report
from tlcore.evaluate.novelty import KnownFeatures, novelty_threshold
from tlcore.evaluate.sampling import sample_evenly
from tlcore.graft.finish.cross_fit import OutOfFold
from tlcore.graft.network import cut
from tlcore.graft.training.batches import Inference
from tlcore.graft.training.phases import TrainingResult
from tlcore.graft.training.run_context import RunContext, StopRequested

MOST_KNOWN = 20_000  # examples kept in features.npz; of more, as many of each class as there can be
MOST_DISTANCES = 2_000  # that the threshold is read off; more change nothing
GROUP = 512  # examples between two looks at whether to stop
MESSAGE = "The model is ready. Looking at what it makes of the {many} it knows"
T = TypeVar("T")
log = logging.getLogger(__name__)


def analyse(result: TrainingResult, test: report.Score, folds: OutOfFold | None) -> None:
    """Study a finished run.

    Args:
        test: its answers on the test split.
        folds: what heads said of examples that they had not seen; None: there were none.

    Raises:
        Stopped: the person asked to stop.
    """
    context = result.context
    seen, shown = _choose_rows(context)
    many = WORDS[context.manifest.task].many
    rows = np.union1d(seen, shown)
    context.reporter.stage("study", MESSAGE.format(many=many), total=len(rows))
    features = _attempt("features", lambda: _head_features(result, rows), np.zeros((0, 0), np.float32))
    novelty: analysis.Novelty | None = None
    points: tuple[analysis.Point, ...] | None = None
    found: tuple[tuple[analysis.LabelError, ...], int] | None = None
    if len(features):
        novelty = _attempt("novelty", lambda: _novelty(result, seen, features[np.isin(rows, seen)]), novelty)
        context.reporter.progress(0, 0, f"The model is ready. Drawing a map of the {many}")
        context.check_stop()
        points = _attempt(
            "map", lambda: _points(context, test, shown, features[np.isin(rows, shown)]), points
        )
    if folds is not None:
        context.reporter.progress(0, 0, "The model is ready. Looking for labels that are probably wrong")
        context.check_stop()
        found = _attempt("suspects", lambda: _label_errors(context, folds), found)
    done = analysis.Analysis(
        novelty=novelty,
        looked_through=len(folds.rows) if folds is not None and found is not None else 0,
        suspects=found[0] if found else (),
        likely_wrong=found[1] if found else None,
        no_suspects="failed" if folds is not None and found is None else _missing_folds_reason(result, folds),
        points=points or (),
        no_points="failed" if points is None else "" if points else "few",
    )
    analysis.write(context.run.folder, done)
    if found:
        said = "study: about %d of %d labels are likely wrong; the %d most suspicious are kept"
        log.info(said, found[1], done.looked_through, len(found[0]))


def _missing_folds_reason(result: TrainingResult, folds: OutOfFold | None) -> analysis.Reason:
    """Why there are no answers of heads that had not seen the examples; "" where there are."""
    if folds is not None:
        return ""
    is_new = result.head_reader is not None and not result.context.config.start_from
    return "few" if is_new else "continued"


def _attempt(what: str, make: Callable[[], T], otherwise: T) -> T:
    try:
        return make()
    except StopRequested:
        raise
    except Exception:  # whatever it is, the model answers
        log.warning("study: no %s", what, exc_info=True)
        return otherwise


def _choose_rows(context: RunContext) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the examples to keep as seen, and of those on the map, each ascending.

    At least half of the map is for test examples, where there are so many: mistakes are found there.
    """
    seed, labels = context.config.seed, context.class_numbers()
    known = np.sort(np.concatenate([context.rows("train"), context.rows("validation")]))
    seen = known[sample_evenly(labels[known], MOST_KNOWN, seed)]
    asked = context.rows("test")
    room = embedding_map.MOST - min(len(seen), embedding_map.MOST // 2)
    asked = asked[sample_evenly(labels[asked], room, seed)]
    others = seen[sample_evenly(labels[seen], embedding_map.MOST - len(asked), seed)]
    return seen, np.sort(np.concatenate([asked, others]))


def _head_features(result: TrainingResult, rows: np.ndarray) -> np.ndarray:
    """What enters the head for the examples `rows` (n,), (n, width) float32."""
    context, tail = result.context, result.model.tail
    entering = cut.head_input(tail)
    beyond = None  # where the head alone has trained, the cut tensors are the features
    if not any(entering is given for given in tail.inputs):
        beyond = Inference(keras.Model(tail.inputs, entering))
    parts = []
    for at in range(0, len(rows), GROUP):
        context.check_stop()
        some = rows[at : at + GROUP]
        parts.append(beyond(context.batches(result.reader, some)) if beyond else result.reader(some)[0])
        context.reporter.progress(at + len(some), len(rows))
    found = np.concatenate(parts).astype(np.float32)
    if not np.isfinite(found).all():
        raise ValueError("numbers that are not finite enter the head")
    return found


def _novelty(result: TrainingResult, seen: np.ndarray, features: np.ndarray) -> analysis.Novelty | None:
    """Keep the features (n, width) of the examples `seen` (n,), and read off which distances are usual.

    Usual is how far examples lie from all other seen ones that do not look the same. A backbone that never
    trained knows none of them, so each may be left out in turn. One that did has drawn those it learned from
    together, which new ones will not be: there only those of the validation split tell.
    """
    context = result.context
    examples = [context.manifest.examples[row] for row in seen]
    sha256 = np.array([example.sha256 for example in examples])
    known = KnownFeatures.of(features, sha256, context.class_numbers()[seen])
    known.save(context.run.folder)
    untouched = result.best_phase == "head" and not context.config.start_from
    usable = np.flatnonzero((context.splits[seen] == "validation") | untouched)
    random = np.random.default_rng(context.config.seed)
    rows = np.sort(random.permutation(usable)[:MOST_DISTANCES])
    return novelty_threshold(known.left_out(rows, context.groups()[seen]), known.neighbours)


def _label_errors(context: RunContext, folds: OutOfFold) -> tuple[tuple[analysis.LabelError, ...], int]:
    """The most suspicious, and how many labels are likely wrong."""
    doubts = label_errors.find_label_errors(context.class_numbers()[folds.rows], folds.logits)
    classes = context.manifest.classes
    found = []
    for doubt in doubts.listed:
        example = context.manifest.examples[folds.rows[doubt.row]]
        found.append(
            analysis.LabelError(
                sha256=example.sha256,
                name=example.name,
                label=example.label,
                suggested=classes[doubt.suggested],
                quality=doubt.quality,
            )
        )
    return tuple(found), doubts.likely


def _points(
    context: RunContext, test: report.Score, rows: np.ndarray, features: np.ndarray
) -> tuple[analysis.Point, ...]:
    """The map of the examples `rows` (n,) by their features (n, width)."""
    answers = {(answer.sha256, answer.name): answer.predicted for answer in test.predictions}
    found = []
    for row, (x, y) in zip(
        rows, embedding_map.map_coordinates(features, context.config.seed).tolist(), strict=True
    ):
        example, split = context.manifest.examples[row], str(context.splits[row])
        predicted = answers[example.key] if split == "test" else ""
        found.append(analysis.Point(example.sha256, example.name, example.label, predicted, split, x, y))
    return tuple(found)
