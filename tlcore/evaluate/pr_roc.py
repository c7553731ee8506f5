"""How one class fares at every threshold on its chance: the two curves, as scikit-learn defines them.

An example is called so when its chance is at least the threshold. All arrays are NumPy: `is_one` (n,) says
which examples are of the class, `chances` (n,) how likely the model finds it. `report.py` keeps the result.
"""

from __future__ import annotations

import heapq

import numpy as np

MOST = 100  # points of a curve that are kept for drawing
TOTAL = 16_000  # points of all curves of a report together
FEWEST = 10  # of one curve, however many classes there are
FLAT = 5e-4  # of the axes: what lies closer to the line than that nobody sees


def counts(is_one: np.ndarray, chances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At each chance that occurs, from the highest to the lowest: others called so, and rightly called so."""
    order = np.argsort(-chances, kind="stable")
    falling = chances[order]
    last = np.flatnonzero(np.append(falling[1:] != falling[:-1], True)) if len(falling) else order
    right = np.cumsum(is_one[order], dtype=float)[last]
    return last + 1.0 - right, right


def precision_recall(is_one: np.ndarray, chances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Precision and recall from the lowest threshold to the highest, and at last (1, 0).

    As `sklearn.metrics.precision_recall_curve`: with none of the class, recall is 1 throughout.
    """
    wrong, right = counts(is_one, chances)
    found = right / right[-1] if len(right) and right[-1] else np.ones(len(right))
    return np.append((right / (right + wrong))[::-1], 1.0), np.append(found[::-1], 0.0)


def average_precision(is_one: np.ndarray, chances: np.ndarray) -> float | None:
    """The mean of the precisions, each weighted by the recall that it adds; None with none of the class."""
    if not is_one.any():
        return None
    precision, recall = precision_recall(is_one, chances)
    return max(0.0, float(-np.sum(np.diff(recall) * precision[:-1])))


def roc(is_one: np.ndarray, chances: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """The share of the others that is called so, and of the class, from (0, 0) to (1, 1).

    As `sklearn.metrics.roc_curve`, with every threshold; None where either are missing.
    """
    if not is_one.any() or is_one.all():
        return None
    wrong, right = counts(is_one, chances)
    return np.append(0.0, wrong / wrong[-1]), np.append(0.0, right / right[-1])


def area(is_one: np.ndarray, chances: np.ndarray) -> float | None:
    """The area below the ROC curve: how often one of the class gets a higher chance than another example."""
    points = roc(is_one, chances)
    return None if points is None else float(np.trapezoid(points[1], points[0]))


def most_points(classes: int) -> int:
    """How many points each curve may have, so that a report of many classes stays small."""
    return max(FEWEST, min(MOST, TOTAL // (2 * max(1, classes))))


def thinned(x: np.ndarray, y: np.ndarray, most: int) -> np.ndarray:
    """Which points of a line to draw, rising: both ends, then always the one farthest from what is drawn.

    So corners come first (Ramer 1972, Douglas & Peucker 1973), and points on a straight line never.

    Args:
        most: at least 2.
    """
    last = len(x) - 1
    kept = {0, last} if last >= 0 else set()
    waiting: list[tuple[float, int, int, int]] = []
    _offer(waiting, x, y, 0, last)
    while waiting and len(kept) < most:
        _, at, first, end = heapq.heappop(waiting)
        kept.add(at)
        _offer(waiting, x, y, first, at)
        _offer(waiting, x, y, at, end)
    return np.array(sorted(kept), dtype=int)


def _offer(
    waiting: list[tuple[float, int, int, int]], x: np.ndarray, y: np.ndarray, first: int, last: int
) -> None:
    """Put the point between `first` and `last` that is farthest from their line on the heap, if any is."""
    if last - first < 2:
        return
    across, up = x[last] - x[first], y[last] - y[first]
    beyond_x, beyond_y = x[first + 1 : last] - x[first], y[first + 1 : last] - y[first]
    length = float(np.hypot(across, up))
    distances = np.abs(across * beyond_y - up * beyond_x) / length if length else np.hypot(beyond_x, beyond_y)
    at = int(distances.argmax())
    if distances[at] > FLAT:
        heapq.heappush(waiting, (-float(distances[at]), first + 1 + at, first, last))
