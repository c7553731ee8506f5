"""Runs on the Compare page: the table of all, what to do with chosen ones, and these beside one another."""

from __future__ import annotations

import streamlit as st

from pages.components.compare import actions, curves, settings_diff, table
from pages.components.compare.run_facts import RunFacts, all_facts, names_of
from pages.components.compare.significance import comparison_sentence
from pages.components.shared.runs import speed_test
from pages.components.shared.selection.selection import all_runs
from tlcore.runs.backend import BACKEND
from tlcore.runs.job import ALIVE, Job, JobState
from tlcore.workspace import Workspace

EVERY = "3s"  # a look whether a run at work has ended


def show() -> None:
    """All of it."""
    found = all_facts(all_runs())
    picked = table.chosen_ids([facts.run_id for facts in found])
    if not found:
        st.info(
            "There is nothing to compare yet. Train a model first, then another one.", icon=":material/info:"
        )
        if st.button("Go to Model", type="primary"):
            st.switch_page("pages/model.py")
        return
    shown = table.filter_runs(found)
    table.show(shown, picked)
    by_id = {facts.run_id: facts for facts in found}
    chosen = [by_id[id] for id in picked]
    actions.show(chosen, shown)
    speed_test.watch()
    if len(chosen) > 1:
        _beside(chosen)
    _watch([facts for facts in found if facts.state in ALIVE])


def _beside(chosen: list[RunFacts]) -> None:
    names = names_of(chosen)
    curves.show_intervals(chosen, names, comparison_sentence(chosen, names))
    curves.show_curves(chosen, names)
    settings_diff.show(chosen, names)


def _watch(alive: list[RunFacts]) -> None:
    """Draw the page anew when a run at work goes over into another state."""
    st.fragment(_look, run_every=EVERY if alive else None)({facts.run_id: facts.state for facts in alive})


def _look(before: dict[str, JobState]) -> None:
    folder = Workspace().root / "runs"
    if any(BACKEND.status(Job(folder / run_id)).state != state for run_id, state in before.items()):
        st.rerun()
