"""The webcam on the Predict page: frame after frame is answered while it is on; one that is kept gets a card.

The browser sends a frame when the last one has been answered (browser/camera/webcam.js). All of it is one
fragment: the rest of the page is drawn anew only for a picture that is kept.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec
import streamlit as st

from pages.components.browser.assets import sources
from pages.components.predict.answers import prediction_label, predictors, side_by_side
from pages.components.shared.selection.run_names import run_label
from pages.components.shared.text import show_error, show_errors
from pages.components.shared.viewers.safe_preview import temporary_file
from tlcore.errors import GraftError
from tlcore.records import JsonType, MalformedJson
from tlcore.runs.run import Run

KEY = "webcam"
FRAME, ANSWERED, SAID, KEPT = "webcam_frame", "webcam_answered", "webcam_said", "webcam_kept"
MOST_BYTES = 1_000_000  # of one frame, as text: 480 pixels are 60,000

_mount = st.components.v2.component(
    "graft_live",
    html=sources("browser/camera/webcam.html"),
    css=sources("browser/upload/upload.css", "browser/camera/capture.css"),
    js=sources("browser/camera/camera.js", "browser/camera/webcam.js"),
)


class Frame(msgspec.Struct, frozen=True):
    """What the browser sends: a number that grows, and a JPEG in Base64."""

    number: int
    jpeg: str

    def content(self) -> bytes:
        """The JPEG; "" where it is none of ours. Nothing is decoded here."""
        try:
            return base64.b64decode(self.jpeg, validate=True) if len(self.jpeg) <= MOST_BYTES else b""
        except binascii.Error:
            return b""


_FRAME = JsonType(Frame)


def show(runs: tuple[Run, ...]) -> bytes | None:
    """The webcam and what is said of it now; returns the picture that was kept, for a card of its own."""
    st.fragment(show_errors(_live))(runs)
    kept: bytes | None = st.session_state.get(KEPT)
    return kept


def _live(runs: tuple[Run, ...]) -> None:
    left, right = st.columns(2)
    camera = left.container()
    with right:
        _show_answers(runs, st.session_state.pop(FRAME, None))
    # Last: the browser reads in it that the frame has been answered.
    with camera:
        _mount(
            key=KEY,
            data={"answered": st.session_state.get(ANSWERED, 0)},
            on_frame_change=lambda: _receive("frame"),
            on_kept_change=lambda: _receive("kept"),
        )
    if st.session_state.pop(f"{KEPT}_now", False):
        st.rerun()


def _receive(what: str) -> None:
    """What the browser sent, before the section is drawn."""
    try:
        frame = _FRAME.convert(st.session_state[KEY].get(what))
    except MalformedJson:
        return  # not said by our own script
    if not (content := frame.content()):
        return
    if what == "frame":
        st.session_state[FRAME] = frame.number, content
    else:
        st.session_state[KEPT], st.session_state[f"{KEPT}_now"] = content, True
        st.session_state.pop(SAID, None)  # of another frame


def _show_answers(runs: tuple[Run, ...], frame: tuple[int, bytes] | None) -> None:
    """The answers for a frame; without a new one, what was said last."""
    ids = tuple(run.id for run in runs)
    if frame is not None:
        number, content = frame
        st.session_state[ANSWERED] = number  # whatever comes of it: the browser may send the next one
        try:
            st.session_state[SAID] = ids, _answers(runs, content)
        except GraftError as error:
            show_error(error)
            return
    said_by, found = st.session_state.get(SAID, ((), []))
    if said_by != ids:
        st.caption("What the model says of it appears here.")
        return
    if len(found) > 1 and not any("error" in answer for answer in found):
        side_by_side.show_agreement(*found)
    for run, answer in zip(runs, found, strict=True):
        if len(runs) > 1:
            st.caption(run_label(run.id))
        if not predictors.show_refusal(answer, "a picture from the webcam"):
            predictors.show_bars(_in_class_order(run, answer))
            prediction_label.show(run, answer)  # below: its height changes from one answer to the next


def _in_class_order(run: Run, answer: dict[str, Any]) -> dict[str, Any]:
    """The chances in the order of the classes where all are shown: bars that change places cannot be read."""
    chances = answer["probabilities"]
    if len(chances) > predictors.MOST_BARS:
        return answer
    return answer | {"probabilities": {label: chances[label] for label in run.labels()}}


def _answers(runs: tuple[Run, ...], content: bytes) -> list[dict[str, Any]]:
    """Each model's answer; none is remembered, there are several a second."""
    awake = all(predictors.is_awake(run) for run in runs)
    with temporary_file(content, ".jpg") as path:
        if awake:
            return [predictors.ask(run, path) for run in runs]
        with st.spinner("The model is waking up …", show_time=True):
            return [predictors.ask(run, path) for run in runs]
