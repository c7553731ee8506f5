"""How far an example is from all that a model has seen, and which of those it is nearest to. NumPy only.

`graft/study.py` gathers what a finished run has seen, as `features.npz` beside the model; a child that
answers loads it again. Features are what enters the model's head (`graft/cut.py: head_input`).
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tlcore import system
from tlcore.evaluate import study

NEIGHBOURS = 5  # an example's distance rests on so many
FLAGGED = 0.05  # of examples of the same kind as those seen, the share that is called new, at most
FEWEST = 20  # left-out examples that a threshold can be read off
AT_ONCE = 512  # examples compared with all others in one go


class Near(NamedTuple):
    """An example that was seen; `similarity`, −1 to 1: the cosine of the angle between the two features."""

    sha256: str
    label: int
    similarity: float


class Seen:
    """The examples that a model has learned from or was chosen by, as it sees them.

    Features are compared by direction alone, seen from the mean of all: what every example has in common,
    such as a background, does not make two of them alike.

    Args:
        features: as they enter the head, (n, width).
        sha256: of each example, (n,) text; `labels`: its class number, (n,).
        neighbours: how many of the nearest ones a distance rests on.
    """

    def __init__(
        self, features: np.ndarray, sha256: np.ndarray, labels: np.ndarray, neighbours: int = NEIGHBOURS
    ) -> None:
        centre = features.astype(np.float64).mean(axis=0).astype(np.float32)
        self._set(_directions(features, centre).astype(np.float16), sha256, labels, centre, neighbours)

    def _set(
        self, kept: np.ndarray, sha256: np.ndarray, labels: np.ndarray, centre: np.ndarray, neighbours: int
    ) -> None:
        self._kept = kept.astype(np.float32)  # as half precision rounds them, wherever they come from
        self.sha256, self.labels, self.centre = sha256.astype("S"), labels.astype(np.int32), centre
        self.neighbours = neighbours

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def width(self) -> int:
        return self._kept.shape[1]

    def nearest(self, feature: np.ndarray, k: int) -> list[Near]:
        """The `k` seen examples that are most like one, by its feature (width,); the most alike first."""
        similarity = self._directions(feature[None])[0] @ self._kept.T
        order = np.argsort(-similarity, kind="stable")[:k]
        return [Near(self.sha256[i].decode(), int(self.labels[i]), float(similarity[i])) for i in order]

    def distance(self, features: np.ndarray) -> np.ndarray:
        """One minus the mean similarity to the nearest seen examples, 0 to 2.

        Args:
            features: as they enter the head, (n, width).

        Returns:
            (n,)
        """
        return self._distances(self._directions(features), np.zeros((len(features), 0), bool))

    def left_out(self, rows: np.ndarray, groups: np.ndarray) -> np.ndarray:
        """The distance that each of its own examples `rows` (m,) has from those of other groups, (m,).

        Args:
            groups: a number for each example, (n,), the same for those that look the same.
        """
        return self._distances(self._kept[rows], groups[rows][:, None] == groups)

    def _directions(self, features: np.ndarray) -> np.ndarray:
        return _directions(features, self.centre)

    def _distances(self, directions: np.ndarray, hidden: np.ndarray) -> np.ndarray:
        """`hidden`: which of the seen ones are not to be looked at, (n, seen), or (n, 0) for none."""
        return np.concatenate([np.zeros(0, np.float32), *self._by_parts(directions, hidden)])

    def _by_parts(self, directions: np.ndarray, hidden: np.ndarray) -> Iterator[np.ndarray]:
        for at in range(0, len(directions), AT_ONCE):
            similarity = directions[at : at + AT_ONCE] @ self._kept.T
            if hidden.shape[1]:
                similarity[hidden[at : at + AT_ONCE]] = -1.0  # as unlike as can be
            k = min(self.neighbours, similarity.shape[1])
            yield 1.0 - np.partition(similarity, -k, axis=1)[:, -k:].mean(axis=1)

    def save(self, folder: Path) -> None:
        """Keep them in the run's `folder`, in half precision."""
        file = io.BytesIO()
        np.savez(
            file,
            features=self._kept.astype(np.float16),
            sha256=self.sha256,
            labels=self.labels,
            centre=self.centre,
            neighbours=np.int64(self.neighbours),
        )
        system.write_atomic(folder / study.FEATURES, file.getvalue())

    @classmethod
    def load(cls, folder: Path) -> Seen | None:
        """What was kept in the run's `folder`; None when there is nothing (yet) that can be read."""
        try:
            with np.load(folder / study.FEATURES, allow_pickle=False) as file:
                names = ("features", "sha256", "labels", "centre", "neighbours")
                kept, sha256, labels, centre, neighbours = (file[name] for name in names)
            if not (kept.ndim == 2 and kept.shape == (len(sha256), len(centre)) and len(labels) == len(kept)):
                return None
            seen = cls.__new__(cls)
            seen._set(kept, sha256, labels, centre, int(neighbours))
            return seen
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
            return None


def _directions(features: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Features (n, width) as seen from `centre`, of length 1; those that lie there have none and stay 0."""
    moved = features.astype(np.float32) - centre
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.divide(moved, lengths, out=np.zeros_like(moved), where=lengths > 0)


def threshold(distances: np.ndarray, neighbours: int) -> study.Novelty | None:
    """From which distance on an example looks like nothing that was seen; None: too few to tell.

    An order statistic of the distances (n,) of examples of the same kind that were left out: a further one is
    beyond it with a probability of at most `FLAGGED` (split conformal prediction, Papadopoulos et al., 2002).
    """
    n = len(distances)
    if n < FEWEST:
        return None
    place = min(n, math.ceil((n + 1) * (1 - FLAGGED)))
    least = float(np.sort(distances)[place - 1])
    share = float((distances > least).mean())
    return study.Novelty(threshold=least, neighbours=neighbours, flagged=share, n=n)
