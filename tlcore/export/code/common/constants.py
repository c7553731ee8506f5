"""Lines of Python that give a name to a value: `EPOCHS = 40  # epochs at most`."""

from __future__ import annotations

from typing import Any

from tlcore.backbones.catalogue import catalogue
from tlcore.config import RunConfig
from tlcore.config.settings import value_of
from tlcore.data.task_settings import setting_for
from tlcore.data.task_words import WORDS

WIDTH = 100  # of a line of the code, where it can be helped


def constant(name: str, value: object, comment: str = "") -> str:
    """One constant; a long tuple has a line for each item."""
    is_told = comment.casefold() == name.casefold()
    shown, ending = _literal(value), f"  # {comment}" if comment and not is_told else ""
    if isinstance(value, tuple):
        shown = f"[{', '.join(map(_literal, value))}]"
        if len(f"{name} = {shown}{ending}") > WIDTH:
            shown = "[\n" + "".join(f"    {_literal(item)},\n" for item in value) + "]"
    return f"{name} = {shown}{ending}"


def _literal(value: object) -> str:
    """As Python writes it, with double quotes where that changes nothing."""
    text = repr(value)
    is_plain = isinstance(value, str) and not {"'", '"'} & set(value)
    return f'"{text[1:-1]}"' if is_plain else text


def setting(name: str, config: RunConfig, path: str, value: Any = None) -> str:
    """A constant for a setting, with the setting's own words.

    Args:
        value: where it is not the one in `config`.
    """
    label = setting_for(path, WORDS[catalogue.task_of(config)]).label
    return constant(name, value_of(config, path) if value is None else value, label[:1].lower() + label[1:])
