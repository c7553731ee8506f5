"""A page with nothing but the brush; it says what it heard. For tests."""

import json

import msgspec
import streamlit as st
from PIL import Image

from pages.components.brush import brush

colour = st.radio("Picture", ["teal", "maroon"])
marks = brush(Image.new("RGB", (300, 150), colour), "brush")
st.code(json.dumps(msgspec.to_builtins(marks)))
