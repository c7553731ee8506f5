"""The JavaScript, CSS and HTML of the components that run in the browser, as one text for each."""

from __future__ import annotations

from pathlib import Path

_COMPONENTS = Path(__file__).resolve().parents[1]


def sources(*names: str) -> str:
    """The joined text of these files, whose paths are relative to `pages/components`."""
    return "\n".join((_COMPONENTS / name).read_text(encoding="utf-8") for name in names)
