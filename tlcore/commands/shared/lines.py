"""A result as lines for a terminal, where a command has no better way to show it."""

from __future__ import annotations

from typing import Any


def key_value_lines(result: dict[str, Any]) -> str:
    """A line for each key; the items of a list of records below their key."""
    return "\n".join(f"{key}: {_value(value)}" for key, value in result.items())


def _value(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "".join("\n  " + " · ".join(str(part) for part in item.values()) for item in value)
    return f"{value:.4f}" if isinstance(value, float) else str(value)
