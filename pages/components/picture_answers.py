"""Asking a model about pictures: dropped, pasted or from the webcam, each beside its answer."""

from __future__ import annotations

import io
from pathlib import Path

import streamlit as st
from PIL import Image

from pages.components import answers
from pages.components.words import plain, show_error, size
from tlcore.data.pictures import MAX_BYTES, reduced, suffixes, write_thumbnail
from tlcore.errors import PictureError
from tlcore.runs.run import Run

TYPES = sorted(suffixes())
SHOWN = 512  # pixels, longest side of the picture beside its answer


def ask(run: Run) -> None:
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
    """The picture beside its likeliest classes as bars."""
    if len(content) > MAX_BYTES:
        show_error(PictureError("This picture is too large.", received=f"{name}, {size(len(content))}"))
        return
    with answers.kept(content) as path:
        answer = answers.answer(run, content, path)
        with st.container(border=True):
            if answers.refused(answer, name):
                return
            left, right = st.columns([1, 2], vertical_alignment="center")
            with left:
                _picture(name, path)
            with right:
                answers.bars(answer)


def _picture(name: str, path: Path) -> None:
    """The picture as a small JPEG of our own making: the browser never gets the file that was sent."""
    small = path.with_name(f"{path.name}.jpg")
    try:
        write_thumbnail(reduced(path, SHOWN)[0], small)
        with Image.open(io.BytesIO(small.read_bytes())) as picture:
            st.image(picture, plain(name), width="stretch", alt=name)
    except PictureError as error:
        show_error(error)
    finally:
        small.unlink(missing_ok=True)
