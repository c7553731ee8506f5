"""The score of a segmenter on the test split, in the pixels of the pictures as they came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from tlcore.data.annotations.class_maps import read_class_map
from tlcore.data.images.placement import content_box
from tlcore.evaluate import report
from tlcore.evaluate.segmentation import score as segmentation_score
from tlcore.evaluate.segmentation.class_maps import likeliest
from tlcore.graft.inputs.dense_rows import DenseRows
from tlcore.graft.training.batches import Inference
from tlcore.graft.training.objectives.objective import in_parts
from tlcore.graft.training.objectives.segmentation import Segmentation
from tlcore.graft.training.phases import TrainingResult

AT_ONCE = 16  # pictures


def score(result: TrainingResult, inputs: DenseRows) -> report.Score:
    """As `FinishModule.score`."""
    context = result.context
    rows = context.rows("test")
    examples = [context.manifest.examples[row] for row in rows]
    true = (read_class_map(context.dataset.file(example.mask)) for example in examples)
    summary = segmentation_score.score(
        "test",
        context.manifest.classes,
        true,
        _answers(result, inputs, rows),
        [example.key for example in examples],
    )
    return report.dense_score(summary)


def true_regions(inputs: DenseRows, row: int, classes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """As `FinishModule.true_regions`: the whole picture, of no class."""
    example = inputs.examples[row]
    return np.array([content_box(example.width, example.height, inputs.size)], float), np.zeros(1, int)


def right_regions(
    result: TrainingResult, inputs: DenseRows, rows: np.ndarray, raw: np.ndarray
) -> list[np.ndarray]:
    """As `FinishModule.right_regions`: whole pictures."""
    return [true_regions(inputs, row, ())[0] for row in rows.tolist()]


def _answers(result: TrainingResult, inputs: DenseRows, rows: np.ndarray) -> Iterator[np.ndarray]:
    """The class map that the model draws for each picture, (height, width) uint8."""
    context, objective = result.context, result.context.objective
    assert isinstance(objective, Segmentation)
    pairs = Inference(result.model.tail).batch_pairs(context.batches(result.reader, rows))
    chances = (chance for _, outputs in in_parts(pairs, AT_ONCE) for chance in objective.chances(outputs))
    for row, chance in zip(rows.tolist(), chances, strict=True):
        example = context.manifest.examples[row]
        yield likeliest(chance, example.width, example.height)
