"""Predict for pictures: a few, each beside its answer; many, as a batch; one from the webcam."""

from __future__ import annotations

import streamlit as st

from pages.components.browser.answer.answer import Asked, Panel
from pages.components.browser.upload.upload import SIDES, Received, UploadKind, upload_box
from pages.components.predict import prediction_card, webcam
from pages.components.predict.batch import jobs
from pages.components.predict.held_out import guessing, strip_section
from pages.components.predict.held_out.strip_section import HeldOutKind
from pages.components.predict.held_out.trial import trial_of
from pages.components.shared.selection.addresses import remember
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.selection import manifest_of
from pages.components.shared.text import show_error
from pages.components.shared.viewers import safe_preview
from pages.components.shared.viewers.images import VIEWER
from pages.components.shared.viewers.safe_preview import temporary_file
from tlcore.data.dataset import Dataset
from tlcore.data.files.open_source import open_source
from tlcore.errors import DataError, PictureError, printable
from tlcore.evaluate.report import Prediction
from tlcore.runs.run import Run

FEW = 6  # pictures that are answered at once, each in a card; more make a batch
FEW_PICTURES = "asked_pictures"  # the upload with these few, in the session
SEVERAL = UploadKind(
    "Drop or paste pictures here",
    f"Or a folder, a ZIP or a TAR file. More than {FEW} pictures become a table.",
    ("pictures", "archive"),
    "loose",
)
NAMELESS = "A held-out picture"
EXPIRED = "Graft no longer has these pictures. Send them again."


def ask(runs: tuple[Run, ...]) -> None:
    """Two ways to ask: with pictures that you send or that were held out, and with a webcam."""
    pictures, camera = st.tabs(["Pictures", "Webcam"])
    with pictures:
        _pictures(runs)
    with camera:
        shot = webcam.show(runs)
        if shot is not None:
            _card(runs, "From the webcam", shot, "shot")


def _pictures(runs: tuple[Run, ...]) -> None:
    """Answers on top, then the held-out pictures and the upload box, which is small once it is answered."""
    answers, strip, box = st.container(), st.container(), st.container()
    with box:
        _box(runs)
        jobs.show(runs)
    with answers:
        _few(runs)
        score = st.container()
        shown = strip_section.shown(runs[0], HELD_OUT)
        if shown is not None:
            _held_out(runs, shown)
    with score:  # counts the answer below it, too
        guessing.show_score(runs[0], HELD_OUT, _forget)
    with strip:
        strip_section.show(runs[0], HELD_OUT, _forget, lambda: guessing.toggle(runs[0]))


def _box(runs: tuple[Run, ...]) -> None:
    is_small = FEW_PICTURES in st.session_state or trial_of(runs[0]).shown is not None
    received = upload_box("pictures", longest_side=_side(runs[0]), kind=SEVERAL, is_small=is_small)
    if received is None:
        return
    try:
        _take(runs, received)
    except DataError as error:
        show_error(error)
    else:
        st.rerun()  # so that the box above shrinks at once


def _held_out(runs: tuple[Run, ...], shown: Prediction) -> None:
    """A held-out picture: a person's guess, if wanted, then its answer and its true class."""
    run, content = runs[0], _content(runs[0].dataset(), shown.sha256)
    if guessing.is_waiting(run, shown):
        guessing.ask_person(run, shown, Asked(picture=safe_preview.of(content).encoded, alt=NAMELESS))
        return
    before = guessing.person_panel(run, shown)
    answer = _card(runs, "", content, f"held_{shown.sha256[:16]}", truth=shown.label, before=before)
    trial_of(run).note_answer(answer)


def _is_there(dataset: Dataset, sha256: str) -> bool:
    return dataset.thumbnail(sha256).is_file()


def _content(dataset: Dataset, sha256: str) -> bytes:
    path = dataset.file(sha256)
    try:
        return (path if path.is_file() else dataset.thumbnail(sha256)).read_bytes()
    except OSError as error:
        raise DataError("This picture is gone.", remedy="Choose another one.") from error


HELD_OUT = HeldOutKind(viewer=VIEWER, most=12, has=_is_there, read=_content)


def _side(run: Run) -> int:
    """Longest side to which the run's own pictures were shrunk in the browser, 0 for none.

    New ones are shrunk alike, so that the model sees the same kind of pixels.
    """
    try:
        side = manifest_of(run.dataset(), run.config().data_version).shrunk_to
    except DataError:  # its data are gone
        side = None
    return side or SIDES[-1]


def _take(runs: tuple[Run, ...], received: Received) -> None:
    """Answer an upload at once or as a batch."""
    _forget()
    trial_of(runs[0]).shown = None
    if _are_few(received):
        st.session_state[FEW_PICTURES] = received
        remember(jobs.ADDRESS, "")
    else:
        jobs.begin(runs, received)


def _are_few(received: Received) -> bool:
    """True if they can be answered at once. A TAR file, unlike a ZIP file, would have to be unpacked to tell.

    Raises:
        DataError: it is no archive; it is not kept.
    """
    if received.path.suffix != ".zip":
        return False
    try:
        with open_source(received.path) as source:
            return len(source.entries) + len(source.skipped) + len(received.could_not_read) <= FEW
    except DataError:
        received.path.unlink(missing_ok=True)
        raise


def _forget() -> None:
    before = st.session_state.pop(FEW_PICTURES, None)
    if before is not None:
        before.path.unlink(missing_ok=True)


def _few(runs: tuple[Run, ...]) -> None:
    """Pictures that are answered at once. They lie in the uploads folder, which is cleared after a day."""
    received: Received | None = st.session_state.get(FEW_PICTURES)
    if received is None:
        return
    if not received.path.is_file():
        st.info(EXPIRED, icon=":material/hourglass_disabled:")
        return
    with open_source(received.path) as source:
        for number, entry in enumerate(source.entries):
            try:
                _card(runs, entry.name, entry.read(), f"{received.path.stem}_{number}")
            except PictureError as error:
                _show_refusal(entry.name, error.what)
        for item in source.skipped:
            _show_refusal(item.name, item.reason)
    for name in received.could_not_read:
        _show_refusal(name, "Your browser could not read this file.")


def _show_refusal(name: str, reason: str) -> None:
    show_error(PictureError(reason, received=name))


def _card(
    runs: tuple[Run, ...],
    name: str,
    content: bytes,
    key: str,
    *,
    truth: str = "",
    before: tuple[Panel, ...] = (),
) -> str:
    """Picture beside its answers. It is decoded in the sandbox first: models get only real pictures."""
    small = safe_preview.of(content)
    if small.refused:
        _show_refusal(name, small.refused)
        return ""
    asked = Asked(picture=small.encoded, alt=printable(name) or NAMELESS, caption=printable(name))
    with temporary_file(content) as path:
        return prediction_card.show(
            runs, content, path, name, key_of("picture", key), asked=asked, truth=truth, before=before
        )
