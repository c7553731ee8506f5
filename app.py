"""Graft's front door: `streamlit run app.py`.

Streamlit uses this file twice. The server imports it once and finds `app`, which adds the upload route.
Every visit then runs it as a script, which registers the pages and shows the one asked for.
"""

import streamlit as st

from pages.components import upload_route

if __name__ == "__main__":
    st.set_page_config(page_title="Graft", page_icon="🌱", layout="wide")
    page = st.navigation(
        [
            st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
            st.Page("pages/data.py", title="Data", icon=":material/photo_library:"),
            st.Page("pages/model.py", title="Model", icon=":material/account_tree:"),
            st.Page("pages/train.py", title="Train", icon=":material/monitoring:"),
            st.Page("pages/predict.py", title="Predict", icon=":material/image_search:"),
        ]
    )
    page.run()
else:
    app = st.App(__file__, routes=upload_route.routes())
