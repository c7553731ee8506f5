"""How far an example is from all that a model has seen, and which of those it is nearest to. NumPy only.

`graft/finish/analysis.py` gathers what a finished run has seen, as `features.npz` beside the model; a child
that answers loads it again. Features are what enters the model's head (`graft/network/cut.py: head_input`).
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tlcore import system
from tlcore.evaluate import analysis

# An example's distance rests on so many. One or ten told strangers apart as well (seven sets of pictures and
# texts, each against the others); features seen from their mean, or whitened, did so worse on all of them.
NEIGHBOURS = 5
FLAGGED_SHARE = 0.03  # of examples of the same kind as those seen, the share that is called new
FEWEST = 20  # left-out examples that a threshold can be read off; 1 in 21 is called new then
AT_ONCE = 512  # examples compared with all others in one go


class Neighbour(NamedTuple):
    """An example that was seen; `similarity`, −1 to 1: the cosine of the angle between the two features."""

    sha256: str
    label: int
    similarity: float


@dataclass(frozen=True, eq=False)
class KnownFeatures:
    """The examples that a model has learned from or was chosen by, as it sees them.

    Attributes:
        directions: their features stretched to length 1, (n, width): only directions are compared.
        sha256: of each example, (n,) ASCII; `labels`: its class number, (n,).
        neighbours: how many of the nearest ones a distance rests on.
    """

    directions: np.ndarray
    sha256: np.ndarray
    labels: np.ndarray
    neighbours: int

    @classmethod
    def of(
        cls, features: np.ndarray, sha256: np.ndarray, labels: np.ndarray, neighbours: int = NEIGHBOURS
    ) -> KnownFeatures:
        """By features (n, width) as they enter the head; rounded as in the file, to say the same as it."""
        rounded = _normalise(features).astype(np.float16)
        return cls(rounded.astype(np.float32), sha256.astype("S"), labels.astype(np.int32), neighbours)

    def __len__(self) -> int:
        return len(self.directions)

    @property
    def width(self) -> int:
        return self.directions.shape[1]

    def nearest(self, feature: np.ndarray, k: int) -> list[Neighbour]:
        """The `k` seen examples that are most like one, by its feature (width,); the most alike first."""
        similarity = _normalise(feature[None])[0] @ self.directions.T
        order = np.argsort(-similarity, kind="stable")[:k]
        return [Neighbour(self.sha256[i].decode(), int(self.labels[i]), float(similarity[i])) for i in order]

    def distance(self, features: np.ndarray) -> np.ndarray:
        """One minus the mean similarity to the nearest seen examples, 0 to 2.

        Args:
            features: as they enter the head, (n, width).

        Returns:
            (n,)
        """
        return self._distances(_normalise(features), np.zeros((len(features), 0), bool))

    def left_out(self, rows: np.ndarray, groups: np.ndarray) -> np.ndarray:
        """The distance that each of its own examples `rows` (m,) has from those of other groups, (m,).

        Args:
            groups: a number for each example, (n,), the same for those that look the same.
        """
        return self._distances(self.directions[rows], groups[rows][:, None] == groups)

    def _distances(self, directions: np.ndarray, hidden: np.ndarray) -> np.ndarray:
        """`hidden`: which of the seen ones are not to be looked at, (n, seen), or (n, 0) for none."""
        return np.concatenate([np.zeros(0, np.float32), *self._by_parts(directions, hidden)])

    def _by_parts(self, directions: np.ndarray, hidden: np.ndarray) -> Iterator[np.ndarray]:
        for at in range(0, len(directions), AT_ONCE):
            similarity = directions[at : at + AT_ONCE] @ self.directions.T
            if hidden.shape[1]:
                similarity[hidden[at : at + AT_ONCE]] = -1.0  # as unlike as can be
            k = min(self.neighbours, similarity.shape[1])
            yield 1.0 - np.partition(similarity, -k, axis=1)[:, -k:].mean(axis=1)

    def save(self, folder: Path) -> None:
        """Keep them in the run's `folder`, in half precision."""
        file = io.BytesIO()
        np.savez(
            file,
            features=self.directions.astype(np.float16),
            sha256=self.sha256,
            labels=self.labels,
            neighbours=np.int64(self.neighbours),
        )
        system.write_atomic(folder / analysis.FEATURES, file.getvalue())

    @classmethod
    def load(cls, folder: Path) -> KnownFeatures | None:
        """What was kept in the run's `folder`; None when there is nothing (yet) that can be read."""
        try:
            with np.load(folder / analysis.FEATURES, allow_pickle=False) as file:
                names = ("features", "sha256", "labels", "neighbours")
                kept, sha256, labels, neighbours = (file[name] for name in names)
            if not (kept.ndim == 2 and len(kept) == len(sha256) == len(labels)):
                return None
            return cls(kept.astype(np.float32), sha256, labels, int(neighbours))
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
            return None


def _normalise(features: np.ndarray) -> np.ndarray:
    """Features (n, width) stretched to length 1; those that are nothing but zeros stay so."""
    given = features.astype(np.float32)
    lengths = np.linalg.norm(given, axis=1, keepdims=True)
    return np.divide(given, lengths, out=np.zeros_like(given), where=lengths > 0)


def novelty_threshold(distances: np.ndarray, neighbours: int) -> analysis.Novelty | None:
    """From which distance on an example looks like nothing that was seen; None: too few to tell.

    An order statistic of the distances (n,) of examples of the same kind that were left out: a further one is
    beyond it with a probability of at most `FLAGGED` (split conformal prediction, Papadopoulos et al., 2002),
    or of 1 in n + 1, where that is more: then it is the largest of them.
    """
    n = len(distances)
    if n < FEWEST:
        return None
    place = min(n, math.ceil((n + 1) * (1 - FLAGGED_SHARE)))
    least = float(np.sort(distances)[place - 1])
    share = float((distances > least).mean())
    return analysis.Novelty(threshold=least, neighbours=neighbours, flagged=share, n=n)
