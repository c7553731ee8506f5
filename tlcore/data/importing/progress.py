"""What reading data in shares between the tasks: how far it is, and how it is stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tlcore.errors import DataError


@dataclass(frozen=True)
class ImportProgress:
    """How far an import is: files or rows and bytes done, of how many, and what was just finished."""

    done: int
    total: int
    bytes_done: int
    bytes_total: int
    name: str


class ImportStopped(DataError):
    """The import was stopped because `should_stop` said so; nothing of it is left."""


Listener = Callable[[ImportProgress], None]
Stopper = Callable[[], bool]
