"""Putting everything back in a class: one student or all, with Undo; a way back in; the end of the class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from pages.components.server import visitor
from pages.components.shared.selection.chooser import choose_one
from pages.components.shared.text import counted, isolated, show_error
from tlcore.errors import GraftError
from tlcore.people import clean_up
from tlcore.people.classroom import Classroom
from tlcore.people.register import Person
from tlcore.workspace.trash import DAYS

MOVED = "class_put_back"  # in the session: what the last button moved, by student


def show(students: Sequence[Person], made: Classroom) -> None:
    """The buttons below the results."""
    _undo_bar(students)
    if not students:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if st.button("Put everything back", icon=":material/restart_alt:", key="put_back"):
            _confirm(students)
        with st.popover("One student", icon=":material/person:"):
            _one(students, made)


def _one(students: Sequence[Person], made: Classroom) -> None:
    names = {person.id: person.name for person in students}
    id = choose_one("Student", names, key="class_student")
    person = next((one for one in students if one.id == id), None)
    if person is None:
        return
    if st.button("Let them in on another device", icon=":material/key:", key="way_back"):
        st.caption("Only this student may open the link: whoever does works as them.")
        st.code(made.pass_link(person), language=None)
    if st.button("Put their work back", icon=":material/restart_alt:", key="put_one_back"):
        _confirm([person])
    if st.button("Remove from the class", icon=":material/person_remove:", key="remove_student"):
        _confirm_removal(person)


@st.dialog("Put everything back?")
def _confirm(students: Sequence[Person]) -> None:
    whose = f"**{isolated(students[0].name)}**" if len(students) == 1 else counted(len(students), "student")
    st.markdown(
        f"All data sets, models and experiments of {whose} go to “Recently deleted”, and what trains is "
        f"stopped. They stay in the class. You can undo this, and for {DAYS} days they can."
    )
    if _is_confirmed("Put back", "put_back"):
        moved = st.session_state[MOVED] = {}  # at once: where one fails, the others can be undone
        for person in students:
            try:
                visitor.teacher()
                moved[person.id] = clean_up.put_back(person)
            except GraftError as error:
                show_error(error)
                return
        st.rerun()


@st.dialog("Remove this student?")
def _confirm_removal(person: Person) -> None:
    st.markdown(
        f"**{isolated(person.name)}** is signed out, their seat is free, and all that is theirs is deleted. "
        "You cannot undo this here."
    )
    if _is_confirmed("Remove", "remove"):
        try:
            visitor.teacher()
            clean_up.remove(person)
        except GraftError as error:
            show_error(error)
            return
        st.rerun()


def _undo_bar(students: Sequence[Person]) -> None:
    moved: dict[str, list[Path]] | None = st.session_state.get(MOVED)
    if not moved:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"The work of {counted(len(moved), 'student')} was put back.")
        if st.button("Undo", icon=":material/undo:", key="undo_put_back"):
            lost = sum(clean_up.undo(one, moved[one.id]) for one in students if one.id in moved)
            del st.session_state[MOVED]
            if lost:
                st.toast(f"{counted(lost, 'item')} could not be brought back.")
            st.rerun()
        if st.button("Keep it so", key="keep_put_back"):
            del st.session_state[MOVED]
            st.rerun()


def _is_confirmed(word: str, key: str) -> bool:
    """The two buttons at the end of a dialog; whether the first was pressed."""
    with st.container(horizontal=True):
        sure = st.button(word, type="primary", key=f"{key}_for_sure")
        if st.button("Cancel", key=f"{key}_cancel"):
            st.rerun()
    return sure
