"""The score of a detector on the test split, with a threshold chosen on validation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tlcore.evaluate import report
from tlcore.evaluate.detection import matching, threshold
from tlcore.evaluate.detection import score as detection_score
from tlcore.evaluate.detection.objects import Detections, Objects, objects_of
from tlcore.graft.inputs.dense_rows import DenseRows
from tlcore.graft.training.batches import Inference
from tlcore.graft.training.objectives.detection import AT_ONCE, Detection
from tlcore.graft.training.objectives.objective import in_parts
from tlcore.graft.training.phases import TrainingResult


def score(result: TrainingResult, inputs: DenseRows) -> report.Score:
    """As `FinishModule.score`."""
    context = result.context
    held = _truth_and_answers(result, inputs, context.rows("validation"))
    curve = threshold.trade_off(*held, len(context.manifest.classes))
    rows = context.rows("test")
    truth, answers = _truth_and_answers(result, inputs, rows)
    names = [context.manifest.examples[row].key for row in rows]
    summary = detection_score.score(
        "test", context.manifest.classes, truth, answers, names, curve, threshold.choose_threshold(curve)
    )
    return report.dense_score(summary)


def true_regions(inputs: DenseRows, row: int, classes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """As `FinishModule.true_regions`: its objects."""
    objects = objects_of(inputs.examples[row], classes)
    return inputs.placement(row).boxes(objects.boxes), objects.classes


def right_regions(
    result: TrainingResult, inputs: DenseRows, rows: np.ndarray, raw: np.ndarray
) -> list[np.ndarray]:
    """As `FinishModule.right_regions`: the objects that are found."""
    context, objective = result.context, result.context.objective
    assert isinstance(objective, Detection)
    detection = context.run.report().test.detection
    assert detection, "the report of a detector"
    regions = []
    for row, found in zip(rows.tolist(), objective.answers(raw), strict=True):
        boxes, classes = true_regions(inputs, row, context.manifest.classes)
        matched = matching.match(Objects(boxes, classes), found, detection.threshold)
        regions.append(found.boxes[matched >= 0])
    return regions


def _truth_and_answers(
    result: TrainingResult, inputs: DenseRows, rows: np.ndarray
) -> tuple[list[Objects], list[Detections]]:
    """The true objects and the answers for the pictures `rows` (n,), in pixels of the pictures."""
    context, objective = result.context, result.context.objective
    assert isinstance(objective, Detection)
    pairs = Inference(result.model.tail).batch_pairs(context.batches(result.reader, rows))
    parts = in_parts(pairs, AT_ONCE)
    found_in = (found for _, outputs in parts for found in objective.answers(outputs))
    truth, answers = [], []
    for row, found in zip(rows.tolist(), found_in, strict=True):
        example = context.manifest.examples[row]
        truth.append(objects_of(example, context.manifest.classes))
        back = inputs.placement(row).boxes_back(found.boxes)
        back = np.clip(back, 0, (example.width, example.height) * 2)
        answers.append(Detections(back, found.scores, found.classes))
    return truth, answers
