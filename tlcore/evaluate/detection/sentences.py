"""Sentences about a detector's score, for pages and the command line: plain text, class names as they are."""

from __future__ import annotations

import numpy as np

from tlcore.evaluate.detection.score import DetectionScore, PictureBoxes
from tlcore.evaluate.detection.threshold import ThresholdCurve


def summarise_objects(score: DetectionScore) -> str:
    """For example "The model finds 87 of 100 objects. It misses 8, calls 5 something else and invents 5."."""
    matrix = np.array(score.confusion)
    found, missed, invented = int(np.trace(matrix)), int(matrix[:, -1].sum()), int(matrix[-1].sum())
    mistakes = _mistakes(missed, score.objects - found - missed, 0, invented)
    if not score.objects:
        return f"There are no objects. {mistakes}"
    noun = "object" if score.objects == 1 else "objects"
    return f"The model finds {found:,} of {score.objects:,} {noun}. {mistakes}"


def summarise_picture(picture: PictureBoxes) -> str:
    """For example "4 of 5 found, 1 called something else, 2 invented"."""
    found, missed, confused, invented = 0, 0, 0, 0
    for one, answer in picture.cells():
        missed += answer is None
        invented += one is None
        if one and answer:
            found, confused = found + (one.number == answer.number), confused + (one.number != answer.number)
    parts = [f"{found} of {found + confused + missed} found"]
    parts += [f"{confused} called something else"] if confused else []
    return ", ".join(parts + ([f"{invented} invented"] if invented else []))


def summarise_class(score: DetectionScore, label: str) -> str:
    """The same of one class, for example "platelet: the model finds 87 of 100. It misses 13."."""
    matrix, i = np.array(score.confusion), score.labels.index(label)
    objects, found, missed = (int(count) for count in (matrix[i].sum(), matrix[i, i], matrix[i, -1]))
    called_so = int(matrix[:-1, i].sum()) - found
    mistakes = _mistakes(missed, objects - found - missed, called_so, int(matrix[-1, i]))
    if not objects:
        return f"{label}: there are none. {mistakes}"
    return f"{label}: the model finds {found:,} of {objects:,}. {mistakes}"


def _mistakes(missed: int, confused: int, called_so: int, invented: int) -> str:
    """One sentence with every kind of mistake that there is."""
    kinds = (
        (missed, f"misses {missed:,}"),
        (confused, f"calls {confused:,} something else"),
        (called_so, f"takes {called_so:,} of another class for it"),
        (invented, f"invents {invented:,}"),
    )
    *first, last = [words for count, words in kinds if count] or ["makes no mistake"]
    return f"It {', '.join(first)} and {last}." if first else f"It {last}."


def describe_threshold(curve: ThresholdCurve, threshold: float) -> str:
    """The effect of a threshold on the validation pictures."""
    if threshold > max(curve.thresholds, default=0.0):
        return "No answer for a validation picture has so high a score. The model finds nothing."
    found, alarms = curve.counts_at(threshold)
    noun = "false alarm" if alarms == 1 else "false alarms"
    return (
        f"In the validation pictures the model finds {found:,} of {curve.objects:,} objects, "
        f"with {alarms:,} {noun}."
    )
