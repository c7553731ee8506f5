"""Progress of an import, and its stop, for every task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tlcore.errors import DataError


@dataclass(frozen=True)
class ImportProgress:
    """Progress of an import: files or rows and bytes done, of how many, and the one just finished."""

    done: int
    total: int
    bytes_done: int
    bytes_total: int
    name: str


class ImportStopped(DataError):
    """The import was stopped because `should_stop` said so; nothing of it is left."""


Listener = Callable[[ImportProgress], None]
Stopper = Callable[[], bool]
