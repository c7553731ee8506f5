"""Table of all runs, with filters and a choice of some. The address names the chosen ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.compare.folded_table import TableRow, choose_rows
from pages.components.compare.settings_diff import words_for
from pages.components.shared.runs.run_facts import RunFacts
from pages.components.shared.runs.runs_list import BADGES
from pages.components.shared.selection import addresses
from pages.components.shared.selection.chooser import choose_one
from pages.components.shared.selection.keys import digest_of, key_of
from pages.components.shared.text import INTERVAL_HELP, counted, escape_formulas, has_words
from tlcore.data.task_words import TaskWords

CHOICE = "compare_runs"  # the chosen runs, in the session
ADDRESS = "runs"
EVERYTHING = "All data sets"
FOLDED = " The row of an experiment shows its best run by validation, and a tick chooses all its runs."
SCORES = "From 0 to 1: accuracy, of a detector mAP at IoU 0.5, of a segmenter mean IoU."
NUMBERS = ("Validation", "Size (MB)", "ms per example", "Version")
COLUMNS = {
    "Run": st.column_config.TextColumn(width=270, pinned=True),
    "★": st.column_config.TextColumn(width=36, help="Runs that you starred."),
    "State": st.column_config.TextColumn(width=80),
    "95 % interval": st.column_config.TextColumn(width=150, help=INTERVAL_HELP),
    "Unfrozen": st.column_config.TextColumn(help="Blocks of the backbone that train with the head."),
    "Version": st.column_config.NumberColumn(
        format="%d", help="Version of the data set: every change makes a new one."
    ),
    "Size (MB)": st.column_config.NumberColumn(format="%.1f", help="The model file."),
    "ms per example": st.column_config.NumberColumn(
        format="%.1f", help="Time of one answer on this computer, including reading the example."
    ),
    "Started": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
}


def chosen_ids(ids: Sequence[str]) -> list[str]:
    """Chosen runs that exist, as the address or else this session names them."""
    named = addresses.current_ids(ADDRESS)
    if st.query_params.get(ADDRESS) and not set(named) <= set(ids):
        st.warning("Some runs in this address no longer exist.", icon=":material/search_off:")
    return set_choice([id for id in dict.fromkeys(named) if id in set(ids)])


def set_choice(ids: list[str]) -> list[str]:
    """Set the choice of this session and of the address; returns it."""
    st.session_state[CHOICE] = ids
    addresses.remember(ADDRESS, addresses.join_ids(ids))
    return ids


def filter_line() -> DeltaGenerator:
    """The line of the filters."""
    return st.container(horizontal=True, vertical_alignment="bottom", key="compare_filters")


def filter_runs(found: list[RunFacts], line: DeltaGenerator) -> list[RunFacts]:
    """Draw the filters; returns the runs that pass."""
    with line:
        text = st.text_input(
            "Find",
            placeholder="A name, a backbone, a state …",
            key="compare_find",
            persist_state="session",
            width=260,
        )
        names = {facts.data_folder: facts.data for facts in found if facts.data}
        names = {"": EVERYTHING} | dict(sorted(names.items(), key=lambda item: item[1]))
        data = choose_one("Data set", names, key="compare_data", persist_state="session", width=260)
        starred = st.toggle("Starred only", key="compare_starred", persist_state="session")
    return [
        facts
        for facts in found
        if data in ("", facts.data_folder) and (facts.starred or not starred) and _matches(facts, text)
    ]


def _matches(facts: RunFacts, text: str) -> bool:
    """True if its name, data set, backbone or state has each of the words."""
    state = BADGES[facts.state][0]
    searchable = " ".join([facts.label, facts.run_id, facts.data, facts.backbone, state])
    return has_words(searchable, text)


def show(shown: list[RunFacts], chosen: list[str], line: DeltaGenerator) -> None:
    """Table of runs. What you tick becomes the choice before anything else is drawn.

    Args:
        chosen: ids of the chosen runs; some may not be among those `shown`.
        line: the one of the filters.
    """
    if not shown:
        st.info("No run matches. Change the filters.", icon=":material/filter_alt_off:")
        return
    table_rows = choose_rows(shown, chosen, line)
    ids = tuple(row.ids for row in table_rows)
    key = key_of("compare_table", digest_of(*ids))  # rows are numbers: another list is another table
    rows = [number for number, some in enumerate(ids) if set(some) <= set(chosen)]
    stored = st.session_state.get(key)
    if rows != (sorted(stored["selection"]["rows"]) if stored else []):
        st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    st.dataframe(
        escape_formulas(table(table_rows, words_for(shown))),
        hide_index=True,
        column_config=_columns(words_for(shown)),
        placeholder="–",
        key=key,
        on_select=lambda: _pick(key, ids),
        selection_mode="multi-row",
        alt="All runs",
    )
    hidden = len(set(chosen) - {facts.run_id for facts in shown})
    folded = any(row.title for row in table_rows)
    st.caption(
        f"{counted(len(shown), 'run')}. Tick one to open or rename it, two or more to compare them. Click a "
        f"heading to sort.{FOLDED if folded else ''}"
        + (f" The filters hide {counted(hidden, 'chosen run')}." if hidden else "")
    )


def _pick(key: str, ids: tuple[tuple[str, ...], ...]) -> None:
    """Update the choice from the ticks: runs keep their order, and so their colour; new ones come last."""
    marked = [ids[row] for row in st.session_state[key]["selection"]["rows"] if row < len(ids)]
    ticked = [id for some in marked for id in some]
    before, drawn = st.session_state.get(CHOICE, []), {id for some in ids for id in some}
    stay = [id for id in before if id not in drawn or id in ticked]
    st.session_state[CHOICE] = chosen = stay + [id for id in ticked if id not in stay]
    addresses.note(ADDRESS, addresses.join_ids(chosen))


def _columns(words: TaskWords) -> dict[str, Any]:
    """The columns, with the score that these runs have."""
    form = "%.1f %%" if words.counts_right else "%.3f"
    what = "The share of test examples that it gets right." if words.counts_right else SCORES
    return COLUMNS | {
        test_title(words): st.column_config.NumberColumn(
            format=form,
            help=f"{what} Choose by validation instead: the best of many test scores looks better than the "
            "model is.",
        ),
        "Validation": st.column_config.NumberColumn(
            format=form,
            help=f"The same on the validation {words.many}. It is slightly too good, as they chose the best "
            "epoch.",
        ),
    }


def test_title(words: TaskWords) -> str:
    """The heading of the score on the test examples."""
    return f"Test {words.score}"


def table(rows: list[TableRow], words: TaskWords) -> pd.DataFrame:
    """Runs and folded experiments as a table, with the score that these `words` have for all of them."""
    cells = [_row(row.facts, words) | ({"Run": row.title} if row.title else {}) for row in rows]
    return pd.DataFrame(cells).astype(dict.fromkeys((test_title(words), *NUMBERS), float))


def _row(facts: RunFacts, words: TaskWords) -> dict[str, object]:
    test = facts.outcome.test if facts.outcome else None
    return {
        "Run": facts.label,
        "★": "★" if facts.starred else "",
        test_title(words): words.scale * test.accuracy if test else None,
        "95 % interval": score_in_words(facts) if test else None,
        "State": BADGES[facts.state][0],
        "ms per example": facts.speed.milliseconds if facts.speed else None,
        "Size (MB)": facts.megabytes,
        "Unfrozen": facts.unfrozen or None,
        "Backbone": facts.backbone or None,
        "Data set": facts.data or None,
        "Version": facts.config.data_version if facts.config else None,
        "Validation": words.scale * facts.outcome.validation_accuracy if facts.outcome else None,
        "Started": facts.started,
    }


def score_in_words(facts: RunFacts) -> str:
    """For example "93.0 % (86.3–96.5)" or "0.823 (0.745–0.901)"; a dash where there is none."""
    if facts.outcome is None:
        return "–"
    words, test = words_for([facts]), facts.outcome.test
    bounds = "–".join(words.figure(bound).removesuffix(" %") for bound in test.interval)
    return f"{words.figure(test.accuracy)} ({bounds})"
