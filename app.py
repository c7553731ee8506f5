"""Graft's front door: `streamlit run app.py`.

Streamlit uses this file twice. The server imports it once and finds `app`, which adds the upload route.
Every visit then runs it as a script, which registers the pages and shows the one that was asked for.
"""

import gc

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from pages.components import upload_route


@st.cache_resource(show_spinner=False)
def _settle() -> None:
    """Once the first page is drawn: what is loaded by then stays for as long as the server does. Streamlit looks
    for garbage after every run of a page, which took a tenth of a second; there it need not look again.
    """
    gc.collect()
    gc.freeze()


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
    page.run()
    _settle()
else:
    # Internal, and without a public equal: otherwise the first visit after a start gets Streamlit's own list
    # of the files in pages/ instead of the pages above.
    PagesManager.uses_pages_directory = False
    app = st.App(__file__, routes=upload_route.routes())
