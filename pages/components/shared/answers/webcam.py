"""Webcam: frame after frame is answered while it is on; a picture you take gets a card.

The browser sends a frame when the last one has been answered (browser/camera/webcam.js). All of it is one
fragment: the rest of the page is drawn anew only for a picture that you take.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import streamlit as st

from pages.components.browser.answer.answer import show_answer
from pages.components.browser.assets import sources
from pages.components.browser.messages import sent
from pages.components.shared.answers import predictors, side_by_side
from pages.components.shared.answers.panels import panel
from pages.components.shared.selection.run_names import run_name
from pages.components.shared.text import show_error, show_errors
from pages.components.shared.viewers.safe_preview import temporary_file
from tlcore.errors import GraftError
from tlcore.records import JsonType, MalformedJson
from tlcore.runs.question import Answer
from tlcore.runs.run import Run

KEY = "webcam"
FRAME, ANSWERED, SAID, KEPT = "webcam_frame", "webcam_answered", "webcam_said", "webcam_kept"
Draw = Callable[[Sequence[tuple[Run, Answer]]], dict[str, Any] | None]
MOST_BYTES = 1_000_000  # of one frame, as text: 480 pixels are 60,000

_mount = st.components.v2.component(
    "graft_live",
    html=sources("browser/camera/webcam.html"),
    css=sources("browser/upload/upload.css", "browser/camera/capture.css"),
    js=sources("browser/camera/camera.js", "browser/camera/webcam.js"),
)


class Frame(msgspec.Struct, frozen=True):
    """Message of the browser: a growing number, and a JPEG in Base64."""

    number: int
    jpeg: str

    def content(self) -> bytes:
        """The JPEG; "" where it is none of ours. Nothing is decoded here."""
        try:
            return base64.b64decode(self.jpeg, validate=True) if len(self.jpeg) <= MOST_BYTES else b""
        except binascii.Error:
            return b""


_FRAME = JsonType(Frame)


def show_panels(given: Sequence[tuple[Run, Answer]]) -> None:
    """Each model's class in large type; nothing is drawn over the picture."""
    titles = [run_name(run.id) if len(given) > 1 else "" for run, _ in given]
    panels = [panel(run, answer, title=title) for (run, answer), title in zip(given, titles, strict=True)]
    show_answer(panels, "webcam_answer", is_live=True)


def show(runs: tuple[Run, ...], can_keep: bool = True, draw: Draw = show_panels) -> bytes | None:
    """Webcam with the answers to its last frame; returns the picture that you took, for its own card.

    Args:
        can_keep: there is a button to take one.
        draw: shows the answers, and returns what the browser draws over the live picture.
    """
    st.fragment(show_errors(_live))(runs, can_keep, draw)
    kept: bytes | None = st.session_state.get(KEPT)
    return kept


def _live(runs: tuple[Run, ...], can_keep: bool, draw: Draw) -> None:
    left, right = st.columns(2)
    camera = left.container()
    with right:
        found = _show_answers(runs, st.session_state.pop(FRAME, None), draw)
    # Last: the browser reads in it that the frame has been answered.
    with camera:
        _mount(
            key=KEY,
            data={"answered": st.session_state.get(ANSWERED, 0), "can_keep": can_keep, "found": found},
            on_frame_change=lambda: _receive("frame"),
            on_kept_change=lambda: _receive("kept"),
        )
    if st.session_state.pop(f"{KEPT}_now", False):
        st.rerun()


def _receive(what: str) -> None:
    """Store the browser's message, before the section is drawn."""
    try:
        frame = _FRAME.convert(sent(KEY, what))
    except MalformedJson:
        return  # not sent by our own script
    if not (content := frame.content()):
        return
    if what == "frame":
        st.session_state[FRAME] = frame.number, content
    else:
        st.session_state[KEPT], st.session_state[f"{KEPT}_now"] = content, True
        st.session_state.pop(SAID, None)  # of another frame


def _show_answers(
    runs: tuple[Run, ...], frame: tuple[int, bytes] | None, draw: Draw
) -> dict[str, Any] | None:
    """Answers to a frame; without a new one, the last answers. Returns what is drawn over the picture."""
    ids = tuple(run.id for run in runs)
    if frame is not None:
        number, content = frame
        st.session_state[ANSWERED] = number  # in any case, so that the browser sends the next one
        try:
            st.session_state[SAID] = ids, _answers(runs, content)
        except GraftError as error:
            show_error(error)
            return None
    answered_by, answers = st.session_state.get(SAID, ((), []))
    if answered_by != ids:
        st.caption("The answer appears here.")
        return None
    if len(answers) > 1 and all("label" in answer for answer in answers):
        side_by_side.show_agreement(*answers)
    given = [
        (run, answer)
        for run, answer in zip(runs, answers, strict=True)
        if not predictors.show_refusal(answer, "a picture from the webcam")
    ]
    return draw(given) if given else None


def _answers(runs: tuple[Run, ...], content: bytes) -> list[dict[str, Any]]:
    """Each model's answer; none is stored, as there are several per second."""
    awake = all(predictors.is_awake(run) for run in runs)
    with temporary_file(content, ".jpg") as path:
        if awake:
            return [predictors.ask(run, path) for run in runs]
        with st.spinner("The model is loading …", show_time=True):
            return [predictors.ask(run, path) for run in runs]
