"""A page with every kind of box, over what the test puts into the session."""

import streamlit as st

from pages.components import addresses
from pages.components.chooser import choose_addressed, choose_one, choose_or_none, choose_several

labels = st.session_state["labels"]
addresses.begin(st.session_state.get("where", "here"))
st.session_state["found"] = [
    choose_one("One", labels, key="one"),
    choose_or_none("Maybe", labels, key="maybe"),
    choose_several("Several", labels, key="several"),
    choose_addressed("Run", labels, "run", next(iter(labels)), key="run_box"),
    choose_addressed("Beside", labels, "beside", None, key="beside_box"),
]
