"""The Model page."""

import streamlit as st

st.title("Model")
