"""The entry point of Graft: `streamlit run app.py`.

Streamlit uses this file twice. The server imports it once and finds `app`, which adds the upload route and
the security layer. Every visit then runs it as a script, which registers the pages and draws one of them.
"""

import gc
from pathlib import Path

import streamlit as st
from starlette.types import ASGIApp
from streamlit.runtime.pages_manager import PagesManager

from pages.components.browser.last_choice import last_choice
from pages.components.browser.upload import route
from pages.components.presentation import bar
from pages.components.server import access, failures, session_memory
from pages.components.server.web_security import WebSecurity
from pages.components.shared.selection import addresses

COMPONENTS = Path(__file__).parent / "pages" / "components"

if __name__ == "__main__":
    # Emoji, because Streamlit fetches its own icons for the browser's tab from the internet.
    page = st.navigation(
        [
            st.Page("pages/home.py", title="Home", icon="🌱", default=True),
            st.Page("pages/data.py", title="Data", icon="📷"),
            st.Page("pages/model.py", title="Model", icon="🧩"),
            st.Page("pages/train.py", title="Train", icon="📈"),
            st.Page("pages/evaluate.py", title="Evaluate", icon="🎯"),
            st.Page("pages/predict.py", title="Predict", icon="🔍"),
            st.Page("pages/export.py", title="Export", icon="📦"),
            st.Page("pages/compare.py", title="Compare", icon="⚖️"),
            *access.pages(),
            st.Page("pages/bring.py", title="Bring a model", icon="📥", visibility="hidden"),
        ],
        position="hidden" if bar.is_on() else "top",
    )
    st.logo(COMPONENTS / "logo.svg", size="large")
    st.set_page_config(page_title=f"{page.title} · Graft", page_icon="🌱", layout="wide")
    st.html(COMPONENTS / "contrast.css")
    last_choice.recall()
    addresses.start_page(page.url_path)
    bar.show(page)
    last_choice.keep()
else:
    # Internal, there is no public way: otherwise the first visit after a start gets Streamlit's own list of
    # the files in pages/ instead of the pages above.
    PagesManager.uses_pages_directory = False
    # Streamlit looks for the name that is given an `st.App` here, and serves its final value.
    app: ASGIApp = st.App(
        __file__,
        routes=[*route.routes(), *access.routes()],
        lifespan=session_memory.lifespan,
        on_script_error=failures.explain,
    )
    app = WebSecurity(access.guard(app))
    # Streamlit collects garbage after every run of a page. Leaving out what the server has loaded, which
    # stays anyway, halves that time (80 ms).
    gc.freeze()
