"""The last step of a run that answers at every place, once its model can be used: what it has learned from.

Called by `pipeline.py`. `features.npz` holds the features of training objects, or of whole pictures where
areas were drawn; `study.json` the distances from them above which an answer is unlike them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from tlcore.data.task_words import WORDS
from tlcore.evaluate import analysis
from tlcore.evaluate.novelty import KnownFeatures, novelty_threshold
from tlcore.evaluate.sampling import sample_evenly
from tlcore.graft.finish.analysis import MESSAGE, attempt
from tlcore.graft.finish.dense import module_of
from tlcore.graft.inputs.dense_rows import DenseRows
from tlcore.graft.network.dense.region_features import map_tensors, region_features
from tlcore.graft.training.phases import TrainingResult

MOST_KNOWN = 3_000  # regions in features.npz; of more, as many of each class as possible
MOST_PICTURES = 500  # of validation, behind the threshold
GROUP = 32  # pictures between two looks at whether to stop


@dataclass(frozen=True, eq=False)
class Regions:
    """Regions of pictures: the row of each, its class number, and its box in pixels of the view, (n, 4)."""

    rows: np.ndarray
    labels: np.ndarray
    boxes: np.ndarray


def analyse(result: TrainingResult, inputs: DenseRows) -> None:
    """Write `features.npz` and `study.json`.

    Raises:
        StopRequested: the person asked to stop.
    """
    context = result.context
    context.reporter.stage("study", MESSAGE.format(many=WORDS[context.manifest.task].many))
    known = attempt("regions", lambda: _store_known(result, inputs))
    novelty = attempt("novelty", lambda: _novelty(result, inputs, known)) if known else None
    analysis.write(context.run.folder, analysis.Analysis(novelty=novelty))


def _store_known(result: TrainingResult, inputs: DenseRows) -> KnownFeatures:
    context = result.context
    regions = _training_regions(result, inputs)
    maps_of = _map_reader(result, keras.Model(result.model.tail.inputs, map_tensors(result.model.tail)))
    features, boxes, pictures = [], [], np.unique(regions.rows)
    for at in range(0, len(pictures), GROUP):
        context.check_stop()
        group = pictures[at : at + GROUP]
        maps = maps_of(group)
        for number, row in enumerate(group.tolist()):
            own = regions.boxes[regions.rows == row]
            features.append(region_features([part[number] for part in maps], own, inputs.size))
            boxes.append(inputs.placement(row).boxes_back(own))
        context.reporter.progress(at + len(group), len(pictures))
    sha256 = np.array([context.manifest.examples[row].sha256 for row in regions.rows.tolist()])
    known = KnownFeatures.of(
        np.concatenate(features), sha256, regions.labels, boxes=np.concatenate(boxes).astype(np.float32)
    )
    known.save(context.run.folder)
    return known


def _training_regions(result: TrainingResult, inputs: DenseRows) -> Regions:
    """Regions of the training pictures, by row, at most `MOST_KNOWN`.

    Raises:
        ValueError: there are none.
    """
    context = result.context
    module = module_of(context.manifest.task)
    rows, labels, boxes = [], [], []
    for row in context.rows("train").tolist():
        own, numbers = module.true_regions(inputs, row, context.manifest.classes)
        rows.append(np.full(len(own), row))
        labels.append(numbers)
        boxes.append(own)
    whole = Regions(np.concatenate(rows), np.concatenate(labels), np.concatenate(boxes))
    chosen = sample_evenly(whole.labels, MOST_KNOWN, context.config.seed)
    if not len(chosen):
        raise ValueError("no training picture has an object")
    return Regions(whole.rows[chosen], whole.labels[chosen], whole.boxes[chosen])


def _novelty(result: TrainingResult, inputs: DenseRows, known: KnownFeatures) -> analysis.Novelty | None:
    """Thresholds, read off distances of regions that the model has not learned from.

    These are what it answers rightly in the validation split. Where only a head has trained, the maps know
    none of the training pictures either, and each may be left out in turn.
    """
    context = result.context
    distances = _validation_distances(result, inputs, known)
    if result.best_phase == "head" and not context.config.start_from:
        number = {one.sha256: row for row, one in enumerate(context.manifest.examples)}
        rows = np.array([number[sha256.decode()] for sha256 in known.sha256.tolist()])
        within = known.distances_within(np.arange(len(known)), context.groups()[rows])
        distances = np.concatenate([distances, within])
    return novelty_threshold(distances, known.neighbours)


def _validation_distances(result: TrainingResult, inputs: DenseRows, known: KnownFeatures) -> np.ndarray:
    """Distances (n,) of what the model answers rightly in pictures of the validation split."""
    context, tail = result.context, result.model.tail
    module = module_of(context.manifest.task)
    rows = np.random.default_rng(context.config.seed).permutation(context.rows("validation"))
    rows = np.sort(rows[:MOST_PICTURES])
    answers_of = _map_reader(result, keras.Model(tail.inputs, [tail.output, *map_tensors(tail)]))
    distances = [np.zeros(0)]
    for at in range(0, len(rows), GROUP):
        context.check_stop()
        group = rows[at : at + GROUP]
        raw, *maps = answers_of(group)
        for number, found in enumerate(module.right_regions(result, inputs, group, raw)):
            features = region_features([part[number] for part in maps], found, inputs.size)
            distances.append(known.distance(features))
    return np.concatenate(distances)


def _map_reader(result: TrainingResult, model: keras.Model) -> Callable[[np.ndarray], Sequence[np.ndarray]]:
    """Row numbers → the outputs of a part of the network that begins at the cut."""
    compiled = tf.function(
        lambda tensors: model(tensors, training=False), reduce_retracing=True, autograph=False
    )

    def read(rows: np.ndarray) -> list[np.ndarray]:
        tensors = [tf.convert_to_tensor(tensor) for tensor in result.reader(rows)]
        return [np.asarray(output) for output in compiled(tensors)]

    return read
