"""The estimate of a data set, `estimate.json`, and the features it rests on, `features.npz`.

`python -m tlcore prepare` writes both; pages read the first, and a later estimate the second.
"""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile

import msgspec
import numpy as np

from tlcore import system
from tlcore.evaluate.analysis import Analysis
from tlcore.evaluate.folds import FOLDS
from tlcore.records import JsonType

FILE = "estimate.json"
FEATURES = "features.npz"


class ClassEstimate(msgspec.Struct, frozen=True):
    """Of the `n` examples of a class, the number that were answered right."""

    label: str
    n: int
    right: int


class CurvePoint(msgspec.Struct, frozen=True):
    """Accuracy of heads that learned from so many examples, with its 95 % interval."""

    examples: int
    accuracy: float
    interval: tuple[float, float]


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in `estimate.json`, from heads that had not seen the examples that they answered.

    Attributes:
        n: number of examples that were answered, of `total` training and validation ones; 0: too few.
        baseline_accuracy: of always answering the commonest class.
        curve: with a quarter, half, three quarters and all of what the heads may learn from.
        doubling: change of the accuracy from half of them to all, with its 95 % interval.
        forecast: accuracy with twice as many, if the curve goes on; None: doubling may have brought nothing.
        penalty, passes: of the heads, chosen on these examples; `passes` 0: not written down.
        analysis: map and label errors, as after a training.
    """

    version: int
    backbone: str
    total: int
    n: int = 0
    right: int = 0
    interval: tuple[float, float] = (0.0, 1.0)
    baseline_label: str = ""
    baseline_accuracy: float = 0.0
    classes: tuple[ClassEstimate, ...] = ()
    curve: tuple[CurvePoint, ...] = ()
    doubling: tuple[float, float, float] | None = None
    forecast: float | None = None
    penalty: float = 0.0
    passes: int = 0
    analysis: Analysis = Analysis()

    @property
    def accuracy(self) -> float:
        return self.right / self.n if self.n else 0.0

    @property
    def most_each(self) -> int:
        """Examples that a head can learn from of the largest class: all but the fold that it answers."""
        return max((one.n for one in self.classes), default=0) * (FOLDS - 1) // FOLDS


_ESTIMATE = JsonType(Estimate)


def write(folder: Path, estimate: Estimate) -> None:
    """Write `estimate.json` in `folder`."""
    system.write_atomic(folder / FILE, msgspec.json.encode(estimate) + b"\n")


def modified_ns(folder: Path) -> int:
    """Time of the last change of the estimate in `folder`, in nanoseconds; 0: there is none."""
    try:
        return (folder / FILE).stat().st_mtime_ns
    except OSError:
        return 0


def read(folder: Path) -> Estimate | None:
    """The estimate in `folder`; None where there is none (yet), or none that this version reads."""
    return _ESTIMATE.read_or(folder / FILE, None)


class ExampleFeatures:
    """Features that enter a head for some examples: `features` (n, width) float32, by SHA-256.

    `size_from_data`: the examples decided the input size, as texts do; others would get other features.
    """

    def __init__(self, sha256: np.ndarray, features: np.ndarray, size_from_data: bool = False) -> None:
        self.sha256, self.features, self.size_from_data = sha256, features, size_from_data

    def save(self, folder: Path) -> None:
        """Write `features.npz`; it appears whole."""
        part = folder / f".{FEATURES}.part.npz"
        try:
            np.savez(part, sha256=self.sha256, features=self.features, size_from_data=self.size_from_data)
            system.replace(part, folder / FEATURES)
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    @classmethod
    def load(cls, folder: Path) -> ExampleFeatures | None:
        """Those in `folder`; None where there are none that can be used."""
        try:
            with np.load(folder / FEATURES, allow_pickle=False) as file:
                sha256, features, free = file["sha256"], file["features"], file["size_from_data"]
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return None
        is_usable = sha256.dtype.kind == "U" and features.dtype == np.float32 and features.ndim == 2
        is_usable &= sha256.shape == features.shape[:1] and free.shape == ()
        return cls(sha256, features, bool(free)) if is_usable else None

    def of(self, sha256: np.ndarray) -> np.ndarray | None:
        """Features of examples with these contents (m,), (m, width); None where some are missing."""
        order = np.argsort(self.sha256)
        at = np.searchsorted(self.sha256, sha256, sorter=order)
        at[at == len(order)] = 0
        positions = order[at] if len(order) else np.zeros(0, np.intp)
        if len(positions) != len(sha256) or (self.sha256[positions] != sha256).any():
            return None
        return self.features[positions]
