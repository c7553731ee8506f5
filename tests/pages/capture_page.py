"""A page with nothing but the camera; it writes down what it received. For tests."""

import json

import streamlit as st
from starlette.types import ASGIApp

from pages.components import upload_route
from pages.components.web_security import WebSecurity

if __name__ == "__main__":
    from pages.components.capture import capture_box
    from tlcore.workspace import Workspace

    shown, other = st.tabs(["Camera", "Other"])
    with shown:
        got = capture_box("camera", "cat <b>*x*")
    if got is not None:
        line = {**vars(got), "path": str(got.path)}
        with (Workspace().folder() / "received.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    other.text_input("Some text")
else:
    app: ASGIApp = st.App(__file__, routes=upload_route.routes())
    app = WebSecurity(app)
