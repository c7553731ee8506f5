"""Curves of one class over every threshold on its chance, from scikit-learn, thinned out for drawing.

An example is called so when its chance is at least the threshold. All arrays are NumPy: `is_one` (n,) marks
the examples of the class, `chances` (n,) are the model's for it. `report.py` keeps the result. scikit-learn
is loaded inside the functions: it is heavy.
"""

from __future__ import annotations

import heapq

import numpy as np

MOST = 100  # points of a curve that are kept for drawing
TOTAL = 16_000  # points of all curves of a report together
FEWEST = 10  # of one curve, however many classes there are
FLAT = 5e-4  # of the axes: a distance from the line that nobody sees

Curve = tuple[np.ndarray, np.ndarray]


def precision_recall(is_one: np.ndarray, chances: np.ndarray) -> Curve | None:
    """Precision and recall from the lowest threshold to the highest, and at last (1, 0).

    None with no example of the class.
    """
    from sklearn.metrics import precision_recall_curve

    return precision_recall_curve(is_one, chances)[:2] if is_one.any() else None


def average_precision(is_one: np.ndarray, chances: np.ndarray) -> float | None:
    """Mean of the precisions, each weighted by the recall that it adds; None with no example of the class."""
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(is_one, chances)) if is_one.any() else None


def roc(is_one: np.ndarray, chances: np.ndarray) -> Curve | None:
    """Shares of the other examples and of the class that are called so, from (0, 0) to (1, 1).

    None with no example of the class, or no other.
    """
    from sklearn.metrics import roc_curve

    if not is_one.any() or is_one.all():
        return None
    return roc_curve(is_one, chances, drop_intermediate=False)[:2]


def area(points: Curve | None) -> float | None:
    """Area below the ROC curve: how often one of the class gets a higher chance than another example."""
    from sklearn.metrics import auc

    return None if points is None else float(auc(*points))


def most_points(classes: int) -> int:
    """Most points that each curve may have, so that a report of many classes stays small."""
    return max(FEWEST, min(MOST, TOTAL // (2 * max(1, classes))))


def thin(curve: Curve | None, most: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """At most `most` points of a curve to draw it by, rounded: finer than any screen, and short in a file."""
    if curve is None:
        return (), ()
    points = corners(*curve, most)
    x, y = (tuple(round(value, 4) for value in values[points].tolist()) for values in curve)
    return x, y


def corners(x: np.ndarray, y: np.ndarray, most: int) -> np.ndarray:
    """Indices of the points that draw a line: both ends, then always the one farthest from the drawing.

    Corners come first (Ramer 1972, Douglas & Peucker 1973), and points on a straight line never.

    Args:
        most: at least 2.
    """
    last = len(x) - 1
    points = {0, last} if last >= 0 else set()
    heap: list[tuple[float, int, int, int]] = []
    _push_farthest(heap, x, y, 0, last)
    while heap and len(points) < most:
        _, at, first, end = heapq.heappop(heap)
        points.add(at)
        _push_farthest(heap, x, y, first, at)
        _push_farthest(heap, x, y, at, end)
    return np.array(sorted(points), dtype=int)


def _push_farthest(
    heap: list[tuple[float, int, int, int]], x: np.ndarray, y: np.ndarray, first: int, last: int
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
        heapq.heappush(heap, (-float(distances[at]), first + 1 + at, first, last))
