"""The line of a class: what the server does and who waits. Names and Stop are for the teacher."""

from __future__ import annotations

import time

import pandas as pd
import streamlit as st

from pages.components.server import visitor
from pages.components.shared.job_bar import in_words
from pages.components.shared.kept_button import kept_button
from pages.components.shared.selection.chooser import choose_one
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.run_names import name_and_time
from pages.components.shared.text import escape_formulas, plain, rough_duration, show_errors
from tlcore.people import lines, register
from tlcore.people.lines import LineJob
from tlcore.people.register import Person
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace.home import at_home, home_of

EVERY = "4s"
IDLE = "Nothing is at work, and nobody waits."
KINDS = {
    "training": "Training a model",
    "rate search": "Looking for a learning rate",
    "speed test": "Timing a model",
    "estimate": "Estimating a score",
    "batch": "Answering a batch",
    "export": "Writing a file",
}
STOP_NOTE = (
    "A model that trains is kept as good as it is by then. What only waits ends without one, and its owner "
    "can start it again."
)


def show_all() -> None:
    """For the teacher: everybody's jobs as a table, and a button that stops one."""
    st.header("Who works and who waits", anchor=False)
    st.fragment(_table, run_every=EVERY)()


def show_own(person: Person) -> None:
    """For a student: what the server does, and where their own jobs stand."""
    st.header("What this computer is doing", anchor=False)
    st.fragment(_own, run_every=EVERY)(person)


@show_errors
def _table() -> None:
    visitor.teacher()  # a tab that stayed open asks again
    found = lines.all_jobs()
    if not found:
        st.caption(IDLE)
        return
    names = {person.id: person.name for person in register.everybody()}
    table = pd.DataFrame([_row(one, names.get(one.owner, "")) for one in found])
    st.dataframe(escape_formulas(table), hide_index=True, row_height=36, key="class_line")
    _stop_one({_id(one): one for one in found if one.job}, names)


def _row(one: LineJob, owner: str) -> dict[str, str]:
    left = one.seconds_left if one.is_at_work else None
    return {
        "Place": "at work" if one.is_at_work else str(one.ahead) if one.ahead else "next",
        "Who": owner,
        "Doing": KINDS[one.kind],
        "Of": _name(one),
        "Since": _clock(one) if one.is_at_work else "",
        "Time left": rough_duration(left) if left else "",
        "Now": one.status.message,
    }


def _stop_one(found: dict[str, LineJob], names: dict[str, str]) -> None:
    with st.popover("Stop one", icon=":material/stop:"):
        labels = {
            id: " · ".join(filter(None, (names.get(one.owner, ""), KINDS[one.kind], _name(one))))
            for id, one in found.items()
        }
        id = choose_one("Job", labels, key="class_job") if found else ""
        chosen = found.get(id)
        st.caption(STOP_NOTE)
        # A press is for the job that was chosen: where it has just ended, the box is on another one.
        if kept_button("Stop it", key_of("stop_job", id), icon=":material/stop:", disabled=not chosen):
            visitor.teacher()
            if chosen and chosen.job:
                BACKEND.cancel(chosen.job)
                st.toast("It was asked to stop.")


@show_errors
def _own(person: Person) -> None:
    found = lines.all_jobs()
    at_work = [one for one in found if one.is_at_work]
    for one in at_work:
        left = one.seconds_left
        parts = [
            f"{KINDS[one.kind]}{', yours' if one.owner == person.id else ''}",
            f"since {_clock(one)}" if _clock(one) else "",
            f"{rough_duration(left)} left" if left else "",
        ]
        st.markdown(f":material/play_circle: {' · '.join(filter(None, parts))}")
    if waiting := len(found) - len(at_work):
        st.caption(f"{waiting} {'waits' if waiting == 1 else 'wait'} for a turn.")
    if not found:
        st.caption(IDLE)
    for one in found:
        if one.owner == person.id and one.job and (place := lines.place_of(one.job)):
            what = f"**{KINDS[one.kind]}** {plain(_name(one))}".strip()
            st.markdown(f":material/hourglass_empty: {what}: {in_words(place)}.")


def _id(one: LineJob) -> str:
    return str(one.job.folder) if one.job else ""


def _name(one: LineJob) -> str:
    """The name of the run that it is about; "" for what is about none, or several."""
    if one.job is None or one.kind not in ("training", "export"):
        return ""
    folder = one.job.folder if one.kind == "training" else one.job.folder.parents[1]
    with at_home(home_of(one.owner)):
        return name_and_time(folder.name)[0]


def _clock(one: LineJob) -> str:
    """The hour at which its work began, on this computer's clock."""
    return time.strftime("%H:%M", time.localtime(one.status.began)) if one.status.began else ""
