"""Messages of the components in the browser, for the listeners that Streamlit calls with them."""

from __future__ import annotations

import streamlit as st


def sent(key: str, name: str) -> object:
    """The message that the component with this key has just sent by that name; None where it is gone.

    Whoever clicks in it and at once goes to another page sends both together, and Streamlit forgets the
    component before it calls its listener.
    """
    component = st.session_state.get(key)
    return None if component is None else component.get(name)
