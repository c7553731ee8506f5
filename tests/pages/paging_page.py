"""A page with a list of `st.session_state["count"]` entries, ten at a time. For tests."""

import streamlit as st

from pages.components.paging import turned

st.markdown(f"page {turned(st.session_state['count'], 10, 'list')}")
