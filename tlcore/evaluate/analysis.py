"""`study.json`: what a finished run's features say of its examples. Written once the model is in place.

Pages read it; `graft/finish/analysis.py` makes it, together with `features.npz`, which only children read:
the features of the examples that the model has seen, for their likeness to new ones.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from tlcore import system
from tlcore.records import JsonType

FILE = "study.json"
FEATURES = "features.npz"


# Why a part is missing: too few examples; the head did not begin anew on features that are frozen; it failed.
Reason = Literal["", "few", "continued", "failed"]


class LabelError(msgspec.Struct, frozen=True, kw_only=True):
    """An example whose label is probably wrong, by confident learning on out-of-fold answers.

    `quality` is between 0 and 1, the lower the more suspicious; `suggested` is what the models trained
    without it say.
    """

    sha256: str
    name: str
    label: str
    suggested: str
    quality: float


class Novelty(msgspec.Struct, frozen=True, kw_only=True):
    """When an example looks like nothing the model was trained on.

    Its distance is one minus the mean cosine similarity to its `neighbours` nearest seen examples;
    `threshold` leaves out the share `flagged` of the `n` held-out examples it was read off.
    """

    threshold: float
    neighbours: int
    flagged: float
    n: int


class Point(msgspec.Struct, frozen=True):
    """An example on the map. `predicted` is "" where the model was not asked: it has learned this one."""

    sha256: str
    name: str
    label: str
    predicted: str
    split: str
    x: float
    y: float


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in `study.json`. None, or nothing: it could not be worked out for this run.

    Attributes:
        looked_through: examples among which suspects were looked for; 0: none, and `no_suspects` says why.
        suspects: the most suspicious first, no more than anybody looks at.
        likely_wrong: how many labels are, by confident learning; None: an earlier version did not keep it.
        points: the map; where it has none, `no_points` says why.
    """

    novelty: Novelty | None = None
    looked_through: int = 0
    suspects: tuple[LabelError, ...] = ()
    likely_wrong: int | None = None
    no_suspects: Reason = ""
    points: tuple[Point, ...] = ()
    no_points: Reason = ""


_ANALYSIS = JsonType(Analysis)


def write(folder: Path, study: Analysis) -> None:
    """Keep it in the run's `folder`."""
    system.write_atomic(folder / FILE, msgspec.json.encode(study))


def modified_ns(folder: Path) -> int:
    """When the study of the run in `folder` was written, in nanoseconds; 0: there is none."""
    try:
        return (folder / FILE).stat().st_mtime_ns
    except OSError:
        return 0


def read(folder: Path) -> Analysis | None:
    """The study of the run in `folder`; None when there is none (yet), or none that this version reads."""
    return _ANALYSIS.read_or(folder / FILE, None)
