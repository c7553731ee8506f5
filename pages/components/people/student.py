"""The Class page of a student: who they are here, and how much room they have."""

from __future__ import annotations

import streamlit as st

from pages.components.people import line
from pages.components.shared.text import isolated, page_header, size
from tlcore import system
from tlcore.people.classroom import DOOR
from tlcore.people.register import Person
from tlcore.workspace import person_limit


def show(person: Person) -> None:
    """The page."""
    page_header("Class", f"You work here as **{isolated(person.name)}**.")
    st.markdown(
        "Your pictures, texts and models are yours: no other student can see them, unless you share one with "
        "the class. Your teacher sees which models you trained and how often they were right, and can put "
        "everything back."
    )
    line.show_own(person)
    used, most = system.folder_bytes(person.home), person_limit()
    st.progress(min(1.0, used / most), f"You use {size(used)} of {size(most)}.")
    st.page_link("pages/home.py", label="Train a model", icon=":material/arrow_forward:")
    st.link_button("Leave the class", DOOR, icon=":material/logout:")
