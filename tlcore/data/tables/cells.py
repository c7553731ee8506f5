"""Cells for spreadsheet programs: text that none of them takes for a formula and executes."""

from __future__ import annotations

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # what such cells begin with


def escape_formula(text: str) -> str:
    """`text`, with an apostrophe before it where a spreadsheet would execute it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
