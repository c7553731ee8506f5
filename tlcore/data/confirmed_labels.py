"""Labels that a person has confirmed: `confirmed.json` in the data set's folder.

A confirmation holds for an example and its label, in every run on the data set; with another label the
example is open again. A missing or spoiled file means no confirmation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from tlcore import system
from tlcore.errors import DataError
from tlcore.records import JsonType
from tlcore.workspace.refusals import writing

FILE = "confirmed.json"
Label = tuple[str, str, str]  # an example's key, and the label that is right for it

_LABELS = JsonType(list[Label])


def read(folder: Path) -> set[Label]:
    """Confirmed labels of the data set in `folder`."""
    return set(_LABELS.read_or(folder / FILE, []))


def add(folder: Path, labels: Iterable[Label]) -> None:
    """Confirm these as well.

    Raises:
        DataError: the data set is gone.
    """
    _change(folder, lambda known: known | set(labels))


def remove(folder: Path, labels: Iterable[Label]) -> None:
    """Take these confirmations back; errors as for `add`."""
    _change(folder, lambda known: known - set(labels))


def _change(folder: Path, make: Callable[[set[Label]], set[Label]]) -> None:
    if not folder.is_dir():
        raise DataError("This data set was deleted.", received=folder.name)
    with writing(), system.file_lock(folder / ".confirmed.lock"):  # two tabs may confirm at once
        system.write_atomic(folder / FILE, msgspec.json.encode(sorted(make(read(folder)))))
