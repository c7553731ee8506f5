"""Train: one run, live while it trains, with its score and the next steps afterwards."""

from __future__ import annotations

import streamlit as st

from pages.components.shared import step_code
from pages.components.shared.runs import coach, results
from pages.components.shared.runs.no_model import show_no_model
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.run_chooser import choose_run
from pages.components.shared.selection.selection import all_runs
from pages.components.shared.sharing import switch
from pages.components.shared.text import page_header, plain, show_error
from pages.components.shared.trash import delete, notices
from pages.components.train import (
    replay,
    run_actions,
    run_files,
    run_status,
    share_card,
    tracked,
    training_curves,
)
from tlcore.errors import GraftError
from tlcore.export.code.common import values
from tlcore.runs.job import ALIVE
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND

PURPOSE = "Watch a model learn, stop it when you like, and see its score."
EXPLANATION = """
In each **epoch** the model sees every training example once. The **loss** measures how far its answers are
from the right ones, so it should fall. **Validation** examples are held out from training: when their loss
stops falling while the training loss still falls, the model has begun to memorise its examples. Training then
stops by itself and keeps the best epoch.

You can close this page. The run goes on, and this page's address brings you back to it.
"""


def main() -> None:
    """The page."""
    line = page_header("Train", PURPOSE, EXPLANATION)
    notices.above("train")
    run = choose_run(all_runs(), line, "Run")
    if run is None:
        show_no_model("Nothing has been trained yet.")
        return
    try:
        _show(run)
    except GraftError as error:
        show_error(error)
    run_files.show(run)
    if BACKEND.status(run).state not in ALIVE:
        delete.delete_button(run.folder, key_of("delete", run.id))


def _show(run: Run) -> None:
    if BACKEND.status(run).state in ALIVE:
        training_curves.watch(run)
        run_status.dataset_link(run)
        return
    run_actions.show(run)
    run_status.show_end(run)
    if run.has_model:
        switch.show(run.folder)
        results.show(run, run.report())
        if not run.is_from_elsewhere:
            _effort(run)
        if run.report().epochs:  # a model from elsewhere was trained elsewhere
            with st.expander("Curves", icon=":material/show_chart:", expanded=True):
                _curves(run)
        tracked.show(run)
    coach.show(run)
    run_status.dataset_link(run)
    if run.has_model:
        step_code.show("train", lambda: values.of_run(run))


def _effort(run: Run) -> None:
    """How little learned, how long that took, and why it was quick."""
    config = run.config()
    is_once = config.pretrained and config.cache and not config.augmentation.views
    once = f" The frozen part looked at each {run.words.one} only once." if is_once else ""
    if effort := share_card.effort(run):
        st.caption(f"{plain(effort)}.{once}")


def _curves(run: Run) -> None:
    """The curves, or a replay of how they grew."""
    if replay.is_on(run):
        replay.show(run)
        return
    training_curves.watch(run)
    if st.button("Replay the training", icon=":material/replay:", key=key_of("replay", run.id)):
        replay.begin(run)
        st.rerun()


main()
notices.below("train")
