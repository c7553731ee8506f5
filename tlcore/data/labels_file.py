"""A table beside pictures that says what each of them is."""

from __future__ import annotations

from tlcore.data.entries import Source
from tlcore.data.layout import Place


def placed_by_table(source: Source, places: list[Place | str]) -> list[Place | str] | None:
    """The places that a table among the entries gives; None where there is no such table."""
    return None
