"""Runs on the Compare page: table of all, actions on the chosen ones, and these side by side."""

from __future__ import annotations

import streamlit as st

from pages.components.compare import actions, curves, settings_diff, table
from pages.components.compare.significance import comparison_sentence
from pages.components.shared.runs import speed_test
from pages.components.shared.runs.no_model import show_no_model
from pages.components.shared.runs.run_facts import RunFacts, all_facts, names_of
from pages.components.shared.selection.selection import all_runs
from pages.components.shared.sharing import offers
from tlcore.runs.job import ALIVE, Job, JobState
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace

EVERY = "3s"  # to look whether a run has ended


def show() -> None:
    """Table, actions and comparison."""
    found = all_facts(all_runs())
    chosen_ids = table.chosen_ids([facts.run_id for facts in found])
    if not found:
        show_no_model("You have nothing to compare yet. Train two models first.")
        return
    line = table.filter_line()
    shown = table.filter_runs(found, line)
    table.show(shown, chosen_ids, line)
    by_id = {facts.run_id: facts for facts in found}
    chosen = [by_id[id] for id in chosen_ids]
    actions.show(chosen, shown)
    speed_test.watch()
    if len(chosen) > 1:
        _beside(chosen)
    offers.show(("runs",))
    _watch([facts for facts in found if facts.state in ALIVE])


def _beside(chosen: list[RunFacts]) -> None:
    names = names_of(chosen)
    curves.show_intervals(chosen, names, comparison_sentence(chosen, names))
    curves.show_curves(chosen, names)
    settings_diff.show(chosen, names)


def _watch(alive: list[RunFacts]) -> None:
    """Draw the page anew when a run changes its state."""
    st.fragment(_look, run_every=EVERY if alive else None)({facts.run_id: facts.state for facts in alive})


def _look(before: dict[str, JobState]) -> None:
    folder = Workspace().root / "runs"
    if any(BACKEND.status(Job(folder / run_id)).state != state for run_id, state in before.items()):
        st.rerun()
