"""Differences in the settings of several runs, in plain words, each with what the setting does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import streamlit as st

from pages.components.shared.runs.run_facts import RunFacts
from pages.components.shared.selection.labels import unique_labels
from pages.components.shared.selection.run_names import run_name
from pages.components.shared.text import escape_formulas, isolated, plain
from tlcore.config.settings import SETTINGS, value_of
from tlcore.data.task_settings import is_used, setting_for
from tlcore.data.task_words import ANY_TASK, WORDS, TaskWords
from tlcore.errors import printable

UNUSED = "–"
MOST_BESIDE = 5  # runs in columns
LONGEST = 40  # characters of a run's name above its values
SettingRow = tuple[str, list[str], str]  # a setting: its name, each run's value in words, what it does


def show(chosen: list[RunFacts], names: list[str]) -> None:
    """Differences of runs, given what each is called."""
    st.header("What differs", anchor=False)
    readable = [(facts, name) for facts, name in zip(chosen, names, strict=True) if facts.config]
    if len(readable) < len(chosen):
        st.caption("Where a run's settings cannot be read, it is left out here.")
    rows = differences([facts for facts, _ in readable])
    if not rows:
        st.markdown("Nothing: they were trained with the same settings.")
        return
    called = short_names([name for _, name in readable])
    (_beside if len(called) <= MOST_BESIDE else _below)(rows, called)
    st.caption("  \n".join(f"**{plain(label)}**: {plain(does)}" for label, _, does in rows))


def short_names(names: list[str]) -> list[str]:
    """The names of runs as they stand above their values: short, and no two alike."""
    short = unique_labels(range(len(names)), lambda number: printable(names[number], LONGEST))
    return list(short.values())


def _beside(rows: list[SettingRow], names: list[str]) -> None:
    """A column for each run."""
    cells = [[plain(label), *map(isolated, values)] for label, values, _ in rows]
    columns = ["Setting", *map(isolated, names)]
    st.table(pd.DataFrame(cells, columns=columns), border="horizontal", hide_index=True, alt="What differs")


def _below(rows: list[SettingRow], names: list[str]) -> None:
    """A line for each run, where they are too many to stand beside one another."""
    table = pd.DataFrame({"Run": names} | {label: values for label, values, _ in rows})
    pinned = {"Run": st.column_config.TextColumn(pinned=True)}
    st.dataframe(escape_formulas(table), hide_index=True, column_config=pinned, alt="What differs")


def differences(chosen: list[RunFacts]) -> list[SettingRow]:
    """Settings that are not the same wherever they play a part: name, values in words, what it does."""
    words = words_for(chosen)
    rows = []
    for key in SETTINGS:
        values = [_value(key, facts) for facts in chosen]
        if len({value for value in values if value[0] != UNUSED}) > 1:
            shown = [word for word, _ in values]
            if len(set(shown)) == 1:  # two data sets of one name, say
                shown = [f"{word} ({raw})" for word, raw in values]
            setting = setting_for(key, words)
            rows.append((setting.title, shown, setting.help))
    return rows


def words_for(chosen: list[RunFacts]) -> TaskWords:
    """Words for the examples of all these runs."""
    tasks = {facts.task for facts in chosen}
    task = tasks.pop() if len(tasks) == 1 else None
    return WORDS[task] if task else ANY_TASK


def _value(key: str, facts: RunFacts) -> tuple[str, str]:
    """A setting in words and as it is written; a dash where it plays no part."""
    assert facts.config is not None
    if not is_used(key, facts.config, facts.task):
        return UNUSED, UNUSED
    value = value_of(facts.config, key)
    own_words = IN_WORDS.get(key)
    return own_words(facts) if own_words else SETTINGS[key].value_in_words(value), str(value)


def _input_size(facts: RunFacts) -> str:
    """The size that was chosen, or the backbone's own."""
    assert facts.config is not None
    return str(facts.config.input_size or "automatic")


def _start(facts: RunFacts) -> str:
    assert facts.config is not None
    return run_name(Path(facts.config.start_from).name) if facts.config.start_from else "nothing"


IN_WORDS: dict[str, Callable[[RunFacts], str]] = {
    "data": lambda facts: facts.data,
    "backbone": lambda facts: facts.backbone,
    "unfreeze": lambda facts: facts.unfrozen,
    "input_size": _input_size,
    "start_from": _start,
}
