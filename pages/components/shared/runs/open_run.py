"""Opening a file from elsewhere, a run or a plain Keras model: the box, the work in progress, the way on."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import streamlit as st

from pages.components.browser.upload.upload import Received, UploadKind, upload_box
from pages.components.shared.job_bar import job_bar
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.run_names import run_label
from pages.components.shared.text import plain, show_error, show_errors
from tlcore.errors import GraftError
from tlcore.export.hand_on.bundle import SUFFIX
from tlcore.export.hand_on.opening import Opening, OpeningResult, openings
from tlcore.foreign.candidate import ModelCandidate, candidates
from tlcore.foreign.file import SUFFIX as KERAS
from tlcore.runs.job import ALIVE
from tlcore.runs.workers.backend import BACKEND, any_alive
from tlcore.workspace import Workspace

EVERY = "0.5s"
OPENED = "opened_run"  # in the session: the id of a run that has just been opened
OWN = "own_openings"  # in the session: the ids of what it has begun to open, not another tab or person
RUN_FILE = UploadKind(
    f"Drop a {SUFFIX} or {KERAS} file here",
    f"Somebody else's Graft makes a {SUFFIX} file, on the Export page under “Hand on”. A {KERAS} file is any "
    "Keras model that names the class of a picture.",
    ("table",),
    "",
    files=(SUFFIX, KERAS),
    choose="Choose the file",
    wrong=f"a {SUFFIX} file that holds a run, or a {KERAS} file that holds a model",
)
LOST = "The opening was interrupted. Drop the file again."


def show(key: str) -> None:
    """A box that opens; while something is being opened, its progress besides."""
    _go_there()
    found, waiting = openings(Workspace()), candidates(Workspace())
    is_open = bool(found or waiting)
    with st.expander("Open a run or model from elsewhere", icon=":material/file_open:", expanded=is_open):
        try:
            received = upload_box(key, kind=RUN_FILE, is_small=True)
            if received is not None:
                _start(received)
        except GraftError as error:
            show_error(error)
        st.caption(RUN_FILE.hint)
        for candidate in waiting:
            _candidate(candidate)
        _watch()


def _start(received: Received) -> None:
    """Open the file in a process of its own. Whoever sends another one has read why their last one failed."""
    if received.path.suffix == KERAS:
        _bring(received)
        return
    for opening in openings(Workspace()):
        if _is_own(opening) and BACKEND.status(opening).state not in ALIVE:
            _dismiss(opening)
    opening = Opening.new(Workspace())
    st.session_state.setdefault(OWN, set()).add(opening.id)
    words = ["open", str(received.path), "--job", str(opening.folder)]
    BACKEND.start(opening, [*words, f"--called={received.name}", "--remove-source"])


def _bring(received: Received) -> None:
    """Look at a model in a process of its own, and go to its page."""
    candidate = ModelCandidate.new(Workspace())
    words = ["bring", str(received.path), "--job", str(candidate.folder)]
    BACKEND.start(candidate, [*words, f"--called={received.name}", "--remove-source"])
    st.switch_page("pages/bring.py", query_params={"model": candidate.id})


def _candidate(candidate: ModelCandidate) -> None:
    """A model that is no run yet."""
    facts = candidate.facts()
    name = plain(facts.name) if facts else "A model"
    st.page_link(
        "pages/bring.py",
        label=f"Go on with {name}, which is no run yet",
        icon=":material/arrow_forward:",
        query_params={"model": candidate.id},
    )


def _watch() -> None:
    found = openings(Workspace())
    if found:  # an empty fragment takes room on the page
        is_busy = any_alive(found)
        st.fragment(_rows, run_every=EVERY if is_busy else None)(found, is_busy)


@show_errors
def _rows(found: list[Opening], was_busy: bool) -> None:
    is_busy = False
    for opening in found:
        if not opening.folder.is_dir():  # seen in another tab
            st.rerun()
        is_busy |= _row(opening)
    if was_busy and not is_busy:
        st.rerun()


def _row(opening: Opening) -> bool:
    """One of them; True while it is at work."""
    status = BACKEND.status(opening)
    opened = opening.result()
    if opened and status.state not in ALIVE and _is_own(opening):
        _take(opening, opened)
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        if status.state in ALIVE:
            job_bar(opening, status, key_of("stop", opening.id))
            return True
        if opened:
            st.markdown(f"**{run_label(Path(opened.folder).name)}** is open.")
            key = key_of("see", opening.id)
            st.button("See it", type="tertiary", key=key, on_click=_take, args=(opening, opened))
        elif status.state == "cancelled":
            st.caption("It was stopped. Nothing was kept.")
        else:
            show_error(GraftError(status.error or LOST))
        st.button("Dismiss", key=key_of("dismiss", opening.id), on_click=_dismiss, args=(opening,))
    return False


def _is_own(opening: Opening) -> bool:
    return opening.id in st.session_state.get(OWN, ())


def _take(opening: Opening, opened: OpeningResult) -> None:
    """Go to the run that came of it."""
    _dismiss(opening)
    st.session_state[OPENED] = Path(opened.folder).name


def _dismiss(opening: Opening) -> None:
    with contextlib.suppress(OSError):  # another tab was quicker
        shutil.rmtree(opening.folder)


def _go_there() -> None:
    """Show the run that has just been opened."""
    if id := st.session_state.pop(OPENED, ""):
        st.switch_page("pages/evaluate.py", query_params={"run": id})
