"""Predict: give a finished model pictures it has never seen and read its answers."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

import streamlit as st

from pages.components import answers
from pages.components.chosen import choose_run, finished_runs
from pages.components.results import classes_in_words
from pages.components.words import page_header, show_error, size
from tlcore.data.pictures import MAX_BYTES, suffixes
from tlcore.errors import GraftError, PictureError
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

PURPOSE = "Show the model a picture it has never seen."
EXPLANATION = """
The model looks at the picture in the same way as in training and says how likely each class is. The chances
always add up to 100 %: it must choose among the classes it knows, also for a picture that is none of them.
"""
TYPES = sorted(suffixes())


def main() -> None:
    """The page."""
    page_header("Predict", PURPOSE, EXPLANATION, label="How should I read the answer?")
    run = choose_run(finished_runs(), "Model")
    if run is None:
        st.info("There is no finished model yet. Train one first; it takes a minute.", icon=":material/info:")
        if st.button("Go to Model", type="primary"):
            st.switch_page("pages/model.py")
        return
    try:
        answers.warm(run)
        st.caption(f"It knows: {classes_in_words(run.labels())}.")
        _ways_in(run)
    except GraftError as error:
        show_error(error)


def _ways_in(run: Run) -> None:
    """Three ways to give pictures, each with its answers beneath."""
    drop, paste, camera = st.tabs(["Drop or choose", "Paste", "Webcam"])
    with drop:
        files = st.file_uploader(
            "Pictures", TYPES, accept_multiple_files=True, key="pictures", max_upload_size=MAX_BYTES // 10**6
        )
        for file in files:
            _answer(run, file.name, file.getvalue())
    with paste:
        for name, content in _pasted():
            _answer(run, name, content)
    # The webcam asks for permission, so it is switched on only when wanted.
    with camera:
        if st.toggle("Switch the webcam on", key="webcam_on"):
            shot = st.camera_input("Take a picture", key="webcam")
            if shot is not None:
                _answer(run, "From the webcam", shot.getvalue())


def _pasted() -> list[tuple[str, bytes]]:
    """The pictures pasted last; the box itself forgets them in the next rerun."""
    box = st.chat_input(
        "Click here, paste a picture (Ctrl+V) and press Enter",
        accept_file="multiple",
        file_type=TYPES,
        key="pasted",
    )
    if box and box.files:
        st.session_state["pasted_pictures"] = [(file.name, file.getvalue()) for file in box.files]
    return st.session_state.get("pasted_pictures", [])


def _answer(run: Run, name: str, content: bytes) -> None:
    if len(content) > MAX_BYTES:
        show_error(PictureError("This picture is too large.", received=f"{name}, {size(len(content))}"))
        return
    known = st.session_state.setdefault("answers", {})
    key = (answers.Awake.key(run), hashlib.sha256(content).hexdigest())
    path = _kept(content)
    try:
        if key not in known:
            text = "Looking …" if answers.is_awake(run) else "The model is waking up …"
            with st.spinner(text, show_time=True):
                known[key] = answers.ask(run, path)
        answers.show(name, path, known[key])
    finally:
        path.unlink(missing_ok=True)


def _kept(content: bytes) -> Path:
    """The picture as a file that the model's process can read; two who ask at once never share one."""
    path = Workspace().uploads / f"ask-{secrets.token_hex(16)}"
    path.write_bytes(content)
    return path


main()
