"""A page with nothing but an answer and the why card beneath it, for the file that the address names."""

from pathlib import Path

import streamlit as st

from pages.components import answers, why
from tlcore.runs.run import Run

path = Path(st.query_params["path"])
run = Run(Path(st.query_params["run"]))
answer = answers.answer(run, path.read_bytes(), path)
st.markdown(f"{answer['label']} {answer['confidence']:.3f}")
why.show(run, path.read_bytes(), path, path.name, answer, "one")
