"""Who somebody is on this server, how much room they have, and the way out: the page of all but teachers."""

from __future__ import annotations

import streamlit as st

from pages.components.people import line
from pages.components.server import access
from pages.components.shared.text import isolated, page_header, size
from tlcore import system
from tlcore.people import OPENID, classroom, openid
from tlcore.people.register import Person
from tlcore.workspace import person_limit

OF_CLASS = (
    "Your pictures, texts and models are yours: no other student can see them, unless you share one with "
    "the class. Your teacher sees which models you trained and how often they were right, and can put "
    "everything back."
)
OF_ACCOUNT = (
    "Your pictures, texts and models are yours: nobody else who signs in can see them, unless you share one."
)
# A form, since a link could be followed unasked; Streamlit's own buttons reach only the page's script, which
# cannot change cookies. It looks like them.
SIGN_OUT = f"""<style>
.sign-out button {{
  min-height: 2.5rem; padding: .25rem .75rem; font: inherit; color: inherit; background: transparent;
  border: 1px solid light-dark(#dde3e3, #2b3638); border-radius: .5rem; cursor: pointer;
}}
.sign-out button:hover, .sign-out button:focus-visible {{ border-color: light-dark(#0f766e, #2dd4bf); }}
</style>
<form class="sign-out" method="post" action="{openid.PAGE}"><button type="submit">Sign out</button></form>"""


def show(person: Person) -> None:
    """The page."""
    has_account = access.way() == OPENID
    page_header("Account" if has_account else "Class", f"You work here as **{isolated(person.name)}**.")
    st.markdown(OF_ACCOUNT if has_account else OF_CLASS)
    line.show_own(person)
    used, most = system.folder_bytes(person.home), person_limit()
    st.progress(min(1.0, used / most), f"You use {size(used)} of {size(most)}.")
    st.page_link("pages/home.py", label="Train a model", icon=":material/arrow_forward:")
    if has_account:
        st.html(SIGN_OUT)
    else:
        st.link_button("Leave the class", classroom.DOOR, icon=":material/logout:")
