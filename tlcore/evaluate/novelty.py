"""Distance of an example from all that a model knows, and the nearest of those. NumPy only.

`graft/finish/analysis.py` writes the features of a run's training and validation examples, `features.npz`
beside the model; a child that answers reads them. They are what enters the head (`head_input` in
`graft/network/cut.py`).
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tlcore import system
from tlcore.evaluate import analysis

# A distance rests on so many. One or ten told strangers apart as well (seven sets of pictures and texts, each
# against the others); centred or whitened features did worse on all of them.
NEIGHBOURS = 5
# Of new examples of the same kind as the known ones: unlike them, and unlike anything in training. The second
# was chosen on the known examples of four sets of pictures: by 1 %, a half flags 1.4 % of the other half and
# 96 % of the other sets' (by 2 %: 2.5 and 96; by the largest distance: 0.4 and 94).
FLAGGED_SHARE, FAR_SHARE = 0.03, 0.01
FEWEST = 20  # distances for a threshold; 1 in 21 is flagged then
AT_ONCE, FEW_AT_ONCE = 512, 128  # examples compared with all known ones in one go; fewer where there are ...
KNOWN_AT_ONCE = 4096  # ... more than so many; of known ones in half precision so many are widened at once


class Neighbour(NamedTuple):
    """A known example; `similarity`, −1 to 1: the cosine of the angle between the two features.

    `box`: of an object in a picture, its left, top, right and bottom in pixels.
    """

    sha256: str
    label: int
    similarity: float
    box: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class KnownFeatures:
    """Features of the examples that a model has learned from or was chosen by.

    Attributes:
        directions: their features stretched to length 1, (n, width): only directions are compared. In half
            precision, which is what the file holds, they take half the memory and longer to compare.
        sha256: of each example, (n,) ASCII; `labels`: its class number, (n,).
        neighbours: how many of the nearest ones a distance rests on.
        boxes: of objects in pictures, (n, 4) left, top, right and bottom in pixels; None: whole examples.
    """

    directions: np.ndarray
    sha256: np.ndarray
    labels: np.ndarray
    neighbours: int
    boxes: np.ndarray | None = None

    @classmethod
    def of(
        cls,
        features: np.ndarray,
        sha256: np.ndarray,
        labels: np.ndarray,
        neighbours: int = NEIGHBOURS,
        boxes: np.ndarray | None = None,
    ) -> KnownFeatures:
        """From features (n, width) that enter the head; rounded as in the file, for the same answers."""
        return cls.of_directions(
            half_directions(features).astype(np.float32), sha256, labels, neighbours, boxes
        )

    @classmethod
    def of_directions(
        cls,
        directions: np.ndarray,
        sha256: np.ndarray,
        labels: np.ndarray,
        neighbours: int = NEIGHBOURS,
        boxes: np.ndarray | None = None,
    ) -> KnownFeatures:
        """The same from what `half_directions` gives."""
        return cls(directions, sha256.astype("S"), labels.astype(np.int32), neighbours, boxes)

    def __len__(self) -> int:
        return len(self.directions)

    @property
    def width(self) -> int:
        return self.directions.shape[1]

    def nearest(self, feature: np.ndarray, k: int) -> list[Neighbour]:
        """The `k` known examples most similar to one, by its feature (width,); the most similar first."""
        similarity = _normalise(feature[None])[0] @ self.directions.T
        order = np.argsort(-similarity, kind="stable")[:k]
        return [self._neighbour(i, float(similarity[i])) for i in order]

    def _neighbour(self, at: int, similarity: float) -> Neighbour:
        box = () if self.boxes is None else tuple(self.boxes[at].tolist())
        return Neighbour(self.sha256[at].decode(), int(self.labels[at]), similarity, box)

    def distance(self, features: np.ndarray) -> np.ndarray:
        """One minus the mean similarity to the nearest known examples, 0 to 2.

        Args:
            features: as they enter the head, (n, width).

        Returns:
            (n,)
        """
        return self._distances(_normalise(features), np.zeros((len(features), 0), bool))

    def distances_within(self, rows: np.ndarray, groups: np.ndarray) -> np.ndarray:
        """Distance of each of the known examples `rows` (m,) from those of other groups, (up to m,).

        One that has too few others is left out: it would be as far away as what is unlike anything, and so a
        threshold read off such distances, of a single picture with many objects, say.

        Args:
            groups: a number for each example, (n,), the same for those that look the same.
        """
        found = [np.zeros(0, np.float32)]
        for at in range(0, len(rows), self._at_once):
            part = rows[at : at + self._at_once]
            hidden = groups[part][:, None] == groups
            counts = (~hidden).sum(axis=1) >= self.neighbours
            own = self.directions[part[counts]].astype(np.float32, copy=False)
            found.append(self._distances(own, hidden[counts]))
        return np.concatenate(found)

    def _distances(self, directions: np.ndarray, hidden: np.ndarray) -> np.ndarray:
        """`hidden`: the known ones that do not count, (n, known), or (n, 0) for none."""
        return np.concatenate([np.zeros(0, np.float32), *self._by_parts(directions, hidden)])

    def _by_parts(self, directions: np.ndarray, hidden: np.ndarray) -> Iterator[np.ndarray]:
        step = self._at_once
        for at in range(0, len(directions), step):
            similarity = self._similarity(directions[at : at + step])
            if hidden.shape[1]:
                similarity[hidden[at : at + step]] = -1.0  # as unlike as can be
            k = min(self.neighbours, similarity.shape[1])
            similarity.partition(-k, axis=1)
            yield 1.0 - similarity[:, -k:].mean(axis=1)

    @property
    def _at_once(self) -> int:
        """Examples that are compared in one go: with 20,000 others, 512 take 40 MB."""
        return AT_ONCE if len(self) <= KNOWN_AT_ONCE else FEW_AT_ONCE

    def _similarity(self, directions: np.ndarray) -> np.ndarray:
        """Cosines of directions (n, width) float32 with those of all known ones, (n, known)."""
        if self.directions.dtype == np.float32:
            return directions @ self.directions.T
        found = np.empty((len(directions), len(self)), np.float32)
        for at in range(0, len(self), KNOWN_AT_ONCE):
            known = self.directions[at : at + KNOWN_AT_ONCE].astype(np.float32)
            found[:, at : at + len(known)] = directions @ known.T
        return found

    def save(self, folder: Path) -> None:
        """Write them to the run's `folder`, in half precision."""
        with system.atomic_file(folder / analysis.FEATURES) as file:
            np.savez(
                file,
                features=self.directions.astype(np.float16, copy=False),
                sha256=self.sha256,
                labels=self.labels,
                neighbours=np.int64(self.neighbours),
                boxes=np.zeros((0, 4), np.float32) if self.boxes is None else self.boxes,
            )

    @classmethod
    def load(cls, folder: Path) -> KnownFeatures | None:
        """The features in the run's `folder`; None when there are none (yet) that can be read."""
        try:
            with np.load(folder / analysis.FEATURES, allow_pickle=False) as file:
                names = ("features", "sha256", "labels", "neighbours")
                features, sha256, labels, neighbours = (file[name] for name in names)
                boxes = file["boxes"] if "boxes" in file.files and len(file["boxes"]) else None
            if not (features.ndim == 2 and len(features) == len(sha256) == len(labels)):
                return None
            if boxes is not None and boxes.shape != (len(features), 4):
                return None
            return cls(features.astype(np.float32), sha256, labels, int(neighbours), boxes)
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
            return None


def half_directions(features: np.ndarray) -> np.ndarray:
    """Features (n, width) stretched to length 1, in half precision."""
    directions = np.empty(features.shape, np.float16)
    for at in range(0, len(features), AT_ONCE):
        part = slice(at, at + AT_ONCE)
        directions[part] = _normalise(features[part])
    return directions


def _normalise(features: np.ndarray) -> np.ndarray:
    """Features (n, width) stretched to length 1; those that are nothing but zeros stay so."""
    features = features.astype(np.float32)
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return np.divide(features, lengths, out=np.zeros_like(features), where=lengths > 0)


def novelty_threshold(distances: np.ndarray, neighbours: int) -> analysis.Novelty | None:
    """Distances above which an example is unlike training; None: too few examples.

    Order statistics of the distances (n,) of known examples: one more of the same kind is beyond them with a
    probability of at most `FLAGGED_SHARE` and `FAR_SHARE` (split conformal prediction, Papadopoulos et al.,
    2002), or of 1 in n + 1, where that is more: then it is the largest of them.
    """
    n = len(distances)
    if n < FEWEST:
        return None
    places = [min(n, math.ceil((n + 1) * (1 - share))) for share in (FLAGGED_SHARE, FAR_SHARE)]
    least, far = (float(np.sort(distances)[place - 1]) for place in places)
    share = float((distances > least).mean())
    return analysis.Novelty(threshold=least, neighbours=neighbours, flagged=share, n=n, far=far)
