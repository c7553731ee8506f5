"""How sure a run's model must be to answer, as a person chose it: `decision.json` in the run's folder.

Below that it says "not sure". A missing or spoiled file is the same as no choice: it always answers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec

from tlcore import system
from tlcore.errors import RunError
from tlcore.records import JsonType
from tlcore.refusals import writing

FILE = "decision.json"


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


def write(folder: Path, decision: ConfidenceThreshold) -> None:
    """Keep the choice with the run.

    Raises:
        RunError: the run is gone.
    """
    if not folder.is_dir():
        raise RunError("This run is not there any more.", received=folder.name)
    with writing():
        system.write_atomic(folder / FILE, msgspec.json.encode(decision) + b"\n")
