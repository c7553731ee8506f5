"""A page with nothing but the upload box; it writes down what it received. For tests and benchmarks."""

import json

import streamlit as st
from starlette.types import ASGIApp

from pages.components import upload_route
from pages.components.web_security import WebSecurity

if __name__ == "__main__":
    from pages.components.upload import upload_box
    from tlcore.workspace import Workspace

    got = upload_box("box")
    if got is not None:
        line = {**vars(got), "path": str(got.path)}
        with (Workspace().folder() / "received.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    st.button("Run again")
    st.text_input("Some text")
else:
    app: ASGIApp = st.App(__file__, routes=upload_route.routes())
    app = WebSecurity(app)
