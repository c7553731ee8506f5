"""How fast a finished model answers on this machine, as `speed.json` in its run's folder.

`tlcore.graft.predict.latency` measures and writes it; pages and the command line read it here. There is none
until somebody has measured.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from tlcore import system
from tlcore.records import JsonType

FILE = "speed.json"


class ModelSpeed(msgspec.Struct, frozen=True):
    """Milliseconds for one example, with reading it and without, and the parameters of the whole model."""

    milliseconds: float
    milliseconds_model: float
    parameters: int


SPEED = JsonType(ModelSpeed)


def read(folder: Path) -> ModelSpeed | None:
    """What was measured for the run in `folder`; None when nothing was, or it cannot be read."""
    return SPEED.read_or(folder / FILE, None)


def write(folder: Path, speed: ModelSpeed) -> None:
    system.write_atomic(folder / FILE, msgspec.json.encode(speed) + b"\n")
