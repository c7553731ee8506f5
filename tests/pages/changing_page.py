"""A page with the one part of the Data page that `st.session_state["part"]` names. For tests."""

import streamlit as st

from pages.components import browsing, classes, problems, version_list
from pages.components.chosen import choose_dataset, manifest_of
from pages.components.known import known

dataset = choose_dataset()
assert dataset is not None
manifest = manifest_of(dataset)
if st.session_state["part"] == "problems":
    problems.show(dataset, manifest, known(dataset, manifest))
elif st.session_state["part"] == "classes":
    classes.show(dataset, manifest)
elif st.session_state["part"] == "versions":
    version_list.show(dataset, manifest)
else:
    browsing.show(dataset, manifest, known(dataset, manifest))
