"""Bring a model: a `.keras` file from elsewhere, asked for what it lacks and tried before it is a run."""

from __future__ import annotations

import contextlib
import shutil

import streamlit as st

from pages.components.bring import questions, trial
from pages.components.shared.job_bar import job_bar
from pages.components.shared.selection.addresses import current_id
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import page_header, plain, show_error, show_errors
from tlcore.errors import GraftError
from tlcore.foreign.candidate import GONE, ModelCandidate
from tlcore.foreign.facts import sentence
from tlcore.runs.job import ALIVE
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace

PURPOSE = "Try a model from elsewhere before you believe it."
EXPLANATION = """
A `.keras` file holds a network and its weights. It does not say what its classes are called, and seldom which
numbers it wants for the pixels of a picture. A wrong guess gives wrong answers, and no error.

So say what you know, and try it on pictures whose classes are known. Graft asks the model with every pixel
range, and shows how often it is right with each. Then it becomes a run like any other: predict,
test, compare, export, and train it further.
"""
LOST = "The work was interrupted. Bring the file again."
EVERY = "0.5s"


def main() -> None:
    """The page."""
    page_header("Bring a model", PURPOSE, EXPLANATION)
    folder = Workspace().find("cache/candidates", current_id("model"))
    if folder is None:
        st.info(f"{GONE} Drop its file on the Home page.", icon=":material/file_open:")
        if st.button("Go to Home", type="primary"):
            st.switch_page("pages/home.py")
        return
    try:
        _show(ModelCandidate(folder))
    except GraftError as error:
        show_error(error)


def _show(candidate: ModelCandidate) -> None:
    used = candidate.used()
    if used is not None:
        _discard(candidate)
        st.switch_page("pages/predict.py", query_params={"run": used.name})
    status, facts = BACKEND.status(candidate), candidate.facts()
    if facts is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(facts.name)}**  \n{sentence(facts)}", width="stretch")
            key = key_of("discard", candidate.id)
            if status.state not in ALIVE and st.button("Discard it", type="tertiary", key=key):
                _discard(candidate)
                st.switch_page("pages/home.py")
    if status.state in ALIVE:
        st.fragment(_wait, run_every=EVERY)(candidate)
        return
    if status.state == "cancelled":
        st.caption("It was stopped.")
    elif status.state != "done":
        show_error(GraftError(status.error or LOST))
    if facts is None:
        if st.button("Back to Home", type="primary"):
            _discard(candidate)
            st.switch_page("pages/home.py")
        return
    answers = questions.ask(candidate, facts)
    trial.show(candidate, answers)


@show_errors
def _wait(candidate: ModelCandidate) -> None:
    """The progress; the page is drawn anew at the end."""
    status = BACKEND.status(candidate)
    if status.state not in ALIVE:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        job_bar(candidate, status, key_of("stop", candidate.id))


def _discard(candidate: ModelCandidate) -> None:
    with contextlib.suppress(OSError):  # another tab was quicker
        shutil.rmtree(candidate.folder)


main()
