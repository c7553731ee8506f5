"""Graft's front door: `streamlit run app.py`.

Streamlit uses this file twice. The server imports it once and finds `app`, which adds the upload route
and what guards all routes.
Every visit then runs it as a script, which registers the pages and shows the one that was asked for.
"""

import gc

import streamlit as st
from starlette.types import ASGIApp
from streamlit.runtime.pages_manager import PagesManager

from pages.components.browser.upload import route
from pages.components.server import failures, session_memory
from pages.components.server.web_security import WebSecurity
from pages.components.shared.selection import addresses

if __name__ == "__main__":
    # Emoji, since Streamlit fetches its own icons for the browser's tab from the internet.
    page = st.navigation(
        [
            st.Page("pages/home.py", title="Home", icon="🌱", default=True),
            st.Page("pages/data.py", title="Data", icon="📷"),
            st.Page("pages/model.py", title="Model", icon="🧩"),
            st.Page("pages/train.py", title="Train", icon="📈"),
            st.Page("pages/evaluate.py", title="Evaluate", icon="🎯"),
            st.Page("pages/predict.py", title="Predict", icon="🔍"),
            st.Page("pages/compare.py", title="Compare", icon="⚖️"),
        ]
    )
    st.set_page_config(page_title=f"{page.title} · Graft", page_icon="🌱", layout="wide")
    addresses.start_page(page.url_path)
    page.run()
else:
    # Internal, and without a public equal: otherwise the first visit after a start gets Streamlit's own list
    # of the files in pages/ instead of the pages above.
    PagesManager.uses_pages_directory = False
    # Streamlit looks for the name that is given an `st.App` here, and serves what that means at the end.
    app: ASGIApp = st.App(
        __file__,
        routes=route.routes(),
        lifespan=session_memory.lifespan,
        on_script_error=failures.explain,
    )
    app = WebSecurity(app)
    # Streamlit looks for garbage after every run of a page. What the server has loaded stays as long as it
    # does: not looking there again halves the time of it, 80 ms.
    gc.freeze()
