"""Controls of settings: title, help and range come from the setting's field in `tlcore/config`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.shared.selection.chooser import choose_one, choose_segment
from tlcore.config.settings import Setting
from tlcore.data.task_settings import setting_for
from tlcore.data.task_words import TaskWords


@dataclass(frozen=True)
class SettingControls:
    """Controls in the words of a task. A value survives a visit to another page.

    Attributes:
        suffix: ends every key; the preset's name, so that each preset has values of its own.
    """

    suffix: str
    words: TaskWords

    def key(self, name: str) -> str:
        """The session key of one control."""
        return f"{name}_{self.suffix}"

    def setting(self, path: str) -> Setting:
        """The setting that a control is for."""
        return setting_for(path, self.words)

    def _options(self, path: str, name: str) -> dict[str, Any]:
        return {"key": self.key(name), "persist_state": "session", "help": self.setting(path).help}

    def slider(
        self,
        path: str,
        name: str,
        default: float,
        within: DeltaGenerator | None = None,
        disabled: bool = False,
    ) -> float:
        """A slider over the setting's range; shares move in percent."""
        setting = self.setting(path)
        assert setting.slider
        scale = 100 if setting.unit == "%" else 1
        low, high, step = (round(scale * number, 6) for number in setting.slider)
        options = self._options(path, name) | {"disabled": disabled}
        if not step.is_integer():
            return float((within or st).slider(setting.label, low, high, default, step, **options))
        form = {"%": "%d %%", "°": "%d°"}[setting.unit]
        value = round(scale * default)
        whole = int(low), int(high), value, int(step)
        return float((within or st).slider(setting.label, *whole, form, **options)) / scale

    def number(
        self, path: str, name: str, default: float | None, within: DeltaGenerator | None = None, **more: Any
    ) -> Any:
        """A number field within the setting's bounds; `more` options of `st.number_input`."""
        setting = self.setting(path)
        step = setting.slider[2] if setting.slider else None
        return (within or st).number_input(
            setting.label, setting.low, setting.high, default, step, **self._options(path, name), **more
        )

    def toggle(self, path: str, name: str, default: bool, note: str = "", disabled: bool = False) -> bool:
        """A switch; `note` is added to its help."""
        options = self._options(path, name)
        options["help"] = f"{options['help']} {note}".rstrip()
        return st.toggle(self.setting(path).label, default, disabled=disabled, **options)

    def box(
        self,
        path: str,
        name: str,
        labels: Mapping[Any, str],
        default: object,
        within: DeltaGenerator | None = None,
    ) -> Any:
        """A box with values by their labels."""
        return choose_one(
            self.setting(path).label, labels, default, within=within, **self._options(path, name)
        )

    def segment(self, path: str, name: str, labels: Mapping[Any, str], default: object) -> Any:
        """A row of buttons, one for each value."""
        return choose_segment(self.setting(path).label, labels, default, **self._options(path, name))

    def steps(
        self,
        path: str,
        name: str,
        values: Sequence[Any],
        default: object,
        names: Mapping[Any, str] | None = None,
        unit: str = "",
    ) -> Any:
        """A slider over single values: numbers, but for those that `names` names."""
        label = self.setting(path).label + (f" in {unit}" if unit else "")

        def text(value: Any) -> str:
            return names[value] if names and value in names else f"{value:g}"

        return st.select_slider(label, values, default, text, **self._options(path, name))
