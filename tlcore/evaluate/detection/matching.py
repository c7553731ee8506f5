"""Which answer found which object, at one threshold on the score and IoU 0.5.

First answers find objects of their own class, as in COCO: the highest score first, each the object that it
covers best. Then what is left over on both sides meets across classes: an object that was found and called
something else. So recall and precision are COCO's, and the confusion matrix shows such mistakes as what they
are. pycocotools has the first step alone.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tlcore.evaluate.detection.objects import Detections, Objects, overlaps

LEAST_IOU = 0.5
INVENTED, LEFT_OUT = -1, -2  # instead of the number of an object


def match(objects: Objects, answers: Detections, threshold: float) -> np.ndarray:
    """The object that each answer found, or called something else: its number, (m,).

    `INVENTED`: there is none; no two answers have the same. `LEFT_OUT`: the answer does not count, since its
    score is below the threshold.
    """
    overlap = overlaps(answers, objects)
    is_own = answers.classes[:, None] == objects.classes
    found = np.where(answers.scores.astype(float) >= threshold, INVENTED, LEFT_OUT)
    free = np.ones(len(objects), bool)
    _claim(found, free, np.where(is_own, overlap, 0.0), answers.scores)
    _claim(found, free, np.where(is_own, 0.0, overlap), answers.scores)
    return found


def _claim(found: np.ndarray, free: np.ndarray, overlap: np.ndarray, scores: np.ndarray) -> None:
    """Give each answer that has none yet, the highest score first, the free object that it covers best.

    Changes `found` (m,) and `free` (n,). `overlap`: (m, n). Of equally good ones the last counts, as in COCO.
    """
    able = (found == INVENTED) & (overlap >= LEAST_IOU).any(axis=1)
    for answer in np.argsort(-scores, kind="stable"):
        if able[answer]:
            row = np.where(free, overlap[answer], 0.0)
            best = len(row) - 1 - int(row[::-1].argmax())
            if row[best] >= LEAST_IOU:
                found[answer], free[best] = best, False


def confusion_matrix(matches: Iterable[tuple[Objects, Detections, np.ndarray]], classes: int) -> np.ndarray:
    """Counts (classes + 1, classes + 1): row = true class, the last for what was invented; column = answered
    class, the last for what was missed.

    Args:
        matches: of each picture, with what `match` says.
    """
    matrix = np.zeros((classes + 1, classes + 1), dtype=np.int64)
    for objects, answers, found in matches:
        true = np.append(objects.classes, classes)[np.maximum(found, INVENTED)]
        counted = found != LEFT_OUT
        np.add.at(matrix, (true[counted], answers.classes[counted]), 1)
        np.add.at(matrix[:, classes], objects.classes[is_missed(objects, found)], 1)
    return matrix


def count_mistakes(objects: Objects, answers: Detections, found: np.ndarray) -> int:
    """Objects that were missed or called something else, and answers that were invented."""
    paired = found >= 0
    mistaken = (objects.classes[found[paired]] != answers.classes[paired]).sum()
    return int(is_missed(objects, found).sum() + mistaken + (found == INVENTED).sum())


def is_missed(objects: Objects, found: np.ndarray) -> np.ndarray:
    """Whether no answer belongs to an object at all, (n,)."""
    missed = np.ones(len(objects), bool)
    missed[found[found >= 0]] = False
    return missed
