"""The Class page of the teacher: how students join, their results side by side, and everything put back."""

from __future__ import annotations

import io

import pandas as pd
import segno
import streamlit as st

from pages.components.people import line, removal, shared_list
from pages.components.people.results import StudentResult, result_of
from pages.components.server import visitor
from pages.components.shared.runs.runs_list import BADGES
from pages.components.shared.text import (
    INTERVAL_HELP,
    counted,
    escape_formulas,
    interval_text,
    page_header,
    percent,
    plain,
    show_errors,
)
from tlcore.people import classroom
from tlcore.people.classroom import Classroom
from tlcore.people.register import Person
from tlcore.runs.job import ALIVE

EVERY = "4s"  # students' results are looked at again
EXPLANATION = """
Each student works alone: nobody sees the data or the models of another, unless their owner shares them with
the class. What you share is the first thing that students see. All models train on this computer, one at a
time; students take turns, so nobody waits for all that somebody else has started.
"""
COLUMNS = {
    "Student": st.column_config.TextColumn(width=130, pinned=True),
    "Right": st.column_config.TextColumn(
        "Best score", width=90, help="On test examples, which the model has not learned from."
    ),
    "95 % interval": st.column_config.TextColumn(width=140, help=INTERVAL_HELP),
    "Now": st.column_config.TextColumn(width=260),
}


def show(person: Person) -> None:
    """The page."""
    made = classroom.read()
    page_header("Class", "All results of your students side by side.", EXPLANATION)
    if made is None:
        st.info("This class was ended. Start it again with `python -m tlcore classroom`.")
        return
    _how_to_join(made)
    students = classroom.students()
    st.fragment(_results, run_every=EVERY)(len(students))
    removal.show(students, made)
    line.show_all()
    shared_list.show()


def _how_to_join(made: Classroom) -> None:
    taken = len(classroom.students())
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="medium"):
        st.image(_square(made.join_link), width=150, alt="A square that leads a phone to this class")
        with st.container():
            st.markdown(f"Open **{plain(made.url)}** or point a phone's camera at the square.")
            st.metric("Code of the class", made.code)
            st.caption(f"{taken} of {counted(made.seats, 'seat')} taken.")
        is_open = st.toggle("Let students join", made.is_open, key="class_is_open")
    if is_open != made.is_open:
        classroom.set_open(is_open)
        st.rerun()


@st.cache_data(max_entries=8, show_spinner=False)
def _square(link: str) -> bytes:
    file = io.BytesIO()
    segno.make(link).save(file, kind="png", scale=6, border=3)
    return file.getvalue()


@show_errors
def _results(drawn: int) -> None:
    visitor.teacher()  # a tab that stayed open asks again
    results = [result_of(person) for person in classroom.students()]
    if len(results) != drawn:
        st.rerun()  # seats and buttons are about all who have joined
    if not results:
        st.info("Nobody has joined yet. Show your students the code above.", icon=":material/group_add:")
        return
    ready = sum(result.models > 0 for result in results)
    st.caption(f"{ready} of {counted(len(results), 'student')} have a model.")
    table = pd.DataFrame([_row(result) for result in results])
    st.dataframe(
        escape_formulas(table), hide_index=True, column_config=COLUMNS, row_height=36, key="class_results"
    )


def _row(result: StudentResult) -> dict[str, object]:
    best = result.best
    return {
        "Student": result.person.name,
        "Right": percent(best.test.accuracy) if best else "",
        "95 % interval": interval_text(best.test.interval) if best else "",
        "Data": result.data,
        "Backbone": result.backbone,
        "Models": result.models,
        "Now": _now(result),
    }


def _now(result: StudentResult) -> str:
    if result.newest is None:
        return "Has not trained yet"
    word, told = BADGES[result.newest.state][0], result.newest.message
    return f"{word}: {told}" if told and result.newest.state in ALIVE else word
