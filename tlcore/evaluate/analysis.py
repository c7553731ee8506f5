"""The analysis of a finished run's examples, `study.json`: label errors, the map, the threshold for novelty.

Pages read it. `graft/finish/analysis.py` writes it once the model is in place, with `features.npz`: the
features of the training and validation examples, which only children read to compare new ones with.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from tlcore import system
from tlcore.records import JsonType

FILE = "study.json"
FEATURES = "features.npz"


# A part is missing: too few examples; the head did not begin anew on frozen features; an error.
Reason = Literal["", "few", "continued", "failed"]


class LabelError(msgspec.Struct, frozen=True, kw_only=True):
    """An example whose label is probably wrong, by confident learning on out-of-fold answers.

    `quality` is between 0 and 1, the lower the more suspicious; `suggested` is the class from the models
    trained without it.
    """

    sha256: str
    name: str
    label: str
    suggested: str
    quality: float


class Novelty(msgspec.Struct, frozen=True, kw_only=True):
    """Thresholds on the distance: above the first an example is unlike the training examples, above `far`
    unlike anything in training.

    The distance is one minus the mean cosine similarity to the `neighbours` nearest known examples; the share
    `flagged` of the `n` examples that both were read off lies above the first. `far` is None in runs of
    earlier versions.
    """

    threshold: float
    neighbours: int
    flagged: float
    n: int
    far: float | None = None

    @property
    def far_threshold(self) -> float:
        """The second threshold; earlier versions had one alone."""
        return self.threshold if self.far is None else self.far


class Point(msgspec.Struct, frozen=True):
    """An example on the map. `predicted` is "" for all but test examples."""

    sha256: str
    name: str
    label: str
    predicted: str
    split: str
    x: float
    y: float


# Names in the file, which stay as they are.
_KEYS = {
    "examples": "looked_through",
    "label_errors": "suspects",
    "likely_errors": "likely_wrong",
    "no_label_errors": "no_suspects",
}


class Analysis(msgspec.Struct, frozen=True, kw_only=True, rename=_KEYS):
    """Everything in `study.json`. None, or empty: the run has none.

    Attributes:
        examples: number of those whose labels were checked; 0: none, for the reason `no_label_errors`.
        label_errors: the most suspicious first, no more than anybody looks at.
        likely_errors: their number by confident learning; None: written by an earlier version.
        points: the map; without any, `no_points` is the reason.
    """

    novelty: Novelty | None = None
    examples: int = 0
    label_errors: tuple[LabelError, ...] = ()
    likely_errors: int | None = None
    no_label_errors: Reason = ""
    points: tuple[Point, ...] = ()
    no_points: Reason = ""


_ANALYSIS = JsonType(Analysis)


def write(folder: Path, analysis: Analysis) -> None:
    """Write `study.json` in the run's `folder`."""
    system.write_atomic(folder / FILE, msgspec.json.encode(analysis))


def modified_ns(folder: Path) -> int:
    """Time of the last change of the analysis in `folder`, in nanoseconds; 0: there is none."""
    try:
        return (folder / FILE).stat().st_mtime_ns
    except OSError:
        return 0


def read(folder: Path) -> Analysis | None:
    """The analysis of the run in `folder`; None when there is none (yet), or none that this version reads."""
    return _ANALYSIS.read_or(folder / FILE, None)
