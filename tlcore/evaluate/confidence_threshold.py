"""The confidence below which a run says "not sure", as a person chose it, and the verdict that follows.

Of a detector it is the score from which on an object counts.

The choice is `decision.json` in the run's folder. A missing or spoiled file is the same as no choice: the run
always answers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from tlcore import system
from tlcore.errors import RunError
from tlcore.records import JsonType
from tlcore.workspace.refusals import writing

FILE = "decision.json"
Verdict = Literal["answered", "not sure", "unknown", "not read"]


class ConfidenceThreshold(msgspec.Struct, frozen=True):
    """`threshold`: the confidence, 0 to 1, below which an answer is "not sure"; 0: it always answers.

    `edition`: of the run's model that it was chosen for (`Run.edition`).
    """

    threshold: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] = 0.0
    edition: str = ""


ALWAYS = ConfidenceThreshold()
_DECISION = JsonType(ConfidenceThreshold)


def read(folder: Path) -> ConfidenceThreshold:
    """The choice for the run in `folder`."""
    return _DECISION.read_or(folder / FILE, ALWAYS)


def read_for(folder: Path, edition: str, default: float) -> float:
    """The threshold that was chosen for the model of this edition, or `default`."""
    chosen = read(folder)
    return chosen.threshold if chosen.threshold and chosen.edition == edition else default


def write(folder: Path, decision: ConfidenceThreshold) -> None:
    """Keep the choice with the run.

    Raises:
        RunError: the run is gone.
    """
    if not folder.is_dir():
        raise RunError("This run is not there any more.", received=folder.name)
    with writing():
        system.write_atomic(folder / FILE, msgspec.json.encode(decision) + b"\n")


def verdict(confidence: float, unknown: bool, threshold: float) -> Verdict:
    """The verdict on an answer, the same for pages and tables.

    Args:
        confidence: the chance of the likeliest class, 0 to 1.
        unknown: the example is unlike anything in training: farther away than 99 of 100 known examples.
        threshold: the confidence below which this run says "not sure"; 0: it always answers.
    """
    if unknown:
        return "unknown"
    return "answered" if confidence >= threshold else "not sure"
