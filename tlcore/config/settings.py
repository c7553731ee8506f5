"""Every setting of a run by its path, with the words and the range that its field gives it."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from tlcore.config import RunConfig


@dataclass(frozen=True)
class Setting:
    """A setting as people read it.

    Attributes:
        title: its name, a template for the words of a task, as is `help`: see `ConfigPart`.
        help: what it does, in a sentence or two.
        low: the least value that is accepted; `high`: the most.
        slider: (least, most, step) of a slider; None where its field names no step.
        unit: "%" of a share, "°", or none.
        empty: what no value is called.
    """

    title: str
    help: str
    low: float | None
    high: float | None
    slider: tuple[float, float, float] | None
    unit: str
    empty: str

    @property
    def label(self) -> str:
        """The title in a box that names the phase or the views already: without what precedes a colon."""
        label = self.title.rpartition(": ")[2]
        return label[:1].upper() + label[1:]

    def value_in_words(self, value: Any) -> str:
        """A value, as plain builtins, in words."""
        if value == ():
            return "none"
        if value is None or (value == 0 and self.empty == "none"):
            return self.empty
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, tuple):
            return ", ".join(map(str, value))
        if self.unit == "%":
            return f"{100 * value:.3g} %"
        return f"{value:g}{self.unit}" if isinstance(value, float) else str(value)


def _fields(part: type, path: str = "") -> Iterator[tuple[str, Setting]]:
    for name, hint in typing.get_type_hints(part, include_extras=True).items():
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            yield from _fields(hint, f"{name}.")
        else:
            yield path + name, _setting(list(_metas(hint)))


def _metas(hint: Any) -> Iterator[msgspec.Meta]:
    """The bounds and words of a field, inside a union too."""
    if typing.get_origin(hint) is tuple:
        return
    if typing.get_origin(hint) is typing.Annotated:
        yield from hint.__metadata__
    for inner in typing.get_args(hint)[:1] if hasattr(hint, "__metadata__") else typing.get_args(hint):
        yield from _metas(inner)


def _setting(metas: list[msgspec.Meta]) -> Setting:
    def first(name: str) -> Any:
        return next((getattr(meta, name) for meta in metas if getattr(meta, name) is not None), None)

    extra, low, high = first("extra") or {}, first("ge"), first("le")
    step = extra.get("step")
    return Setting(
        title=first("title") or "",
        help=first("description") or "",
        low=low,
        high=high,
        slider=extra.get("slider") or (step and (low, high, step)),
        unit=extra.get("unit", ""),
        empty=extra.get("empty", "automatic"),
    )


def value_of(config: RunConfig, path: str) -> Any:
    """The value of one setting, as plain builtins."""
    value = msgspec.to_builtins(config)
    for name in path.split("."):
        value = value[name]
    return value


SETTINGS: dict[str, Setting] = dict(_fields(RunConfig))
