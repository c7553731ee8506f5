"""Pictures that are sent to a model: a few are answered at once, each in a card; more make a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import streamlit as st

from pages.components.browser.upload.upload import SIDES, Received, UploadKind, upload_box
from pages.components.predict.batch import jobs
from pages.components.predict.held_out.trial import trial_of
from pages.components.shared.selection.addresses import current_id, remember
from pages.components.shared.selection.selection import manifest_of
from pages.components.shared.text import show_error
from tlcore.data.files.open_source import open_source
from tlcore.errors import DataError, PictureError
from tlcore.runs.run import Run

FEW = 6  # pictures that are answered at once, each in a card; more make a batch
FEW_PICTURES = "asked_pictures"  # the upload with these few, in the session
SEVERAL = UploadKind(
    "Drop or paste pictures here",
    f"Or a folder, a ZIP or a TAR file. More than {FEW} pictures become a table.",
    ("pictures", "archive"),
    "loose",
)
SentPicture = tuple[str, bytes, str]  # its name, its bytes, and why it cannot be read; "": it can
MOST_STORED, MOST_STORED_BYTES = 4, 32_000_000  # uploads that are kept in memory, and the size of one
EXPIRED = "Graft no longer has these pictures. Send them again."


def box(runs: tuple[Run, ...]) -> None:
    """The upload box, small once something is answered; it takes what is sent."""
    is_answered = FEW_PICTURES in st.session_state or trial_of(runs[0]).shown is not None
    is_small = is_answered or bool(current_id(jobs.ADDRESS))
    received = upload_box("pictures", longest_side=_side(runs[0]), kind=SEVERAL, is_small=is_small)
    if received is None:
        return
    try:
        take(runs, received)
    except DataError as error:
        show_error(error)
    else:
        st.rerun()  # so that the box above shrinks at once


def _side(run: Run) -> int:
    """Longest side to which the run's own pictures were shrunk in the browser, 0 for none.

    New ones are shrunk alike, so that the model sees the same kind of pixels.
    """
    try:
        side = manifest_of(run.dataset(), run.config().data_version).shrunk_to
    except DataError:  # its data are gone
        side = None
    return side or SIDES[-1]


def take(runs: tuple[Run, ...], received: Received) -> None:
    """Answer an upload at once or as a batch.

    Raises:
        DataError: it is no archive; it is not kept.
    """
    forget()
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


def forget() -> None:
    """Take away the pictures that were sent, so that the held-out ones are on top."""
    before = st.session_state.pop(FEW_PICTURES, None)
    if before is not None:
        before.path.unlink(missing_ok=True)


def show(draw: Callable[[str, bytes, str], object]) -> None:
    """The few pictures. They lie in the uploads folder, which is cleared after a day.

    Args:
        draw: shows the card of one: its name, its bytes, and a key of the card.
    """
    received: Received | None = st.session_state.get(FEW_PICTURES)
    if received is None:
        return
    if not received.path.is_file():
        st.info(EXPIRED, icon=":material/hourglass_disabled:")
        return
    with open_source(received.path) as source:
        is_small = source.total_bytes <= MOST_STORED_BYTES
    pictures = _stored(str(received.path)) if is_small else _read(received.path)
    for number, (name, content, refusal) in enumerate(pictures):
        if refusal:
            show_refusal(name, refusal)
        else:
            draw(name, content, f"{received.path.stem}_{number}")
    for name in received.could_not_read:
        show_refusal(name, "Your browser could not read this file.")


@st.cache_resource(max_entries=MOST_STORED, show_spinner=False)
def _stored(path: str) -> list[SentPicture]:
    """The same read once: the page is drawn anew at each click. No two uploads have one path."""
    return list(_read(Path(path)))


def _read(path: Path) -> Iterator[SentPicture]:
    """The pictures of an upload, those that can be read first."""
    with open_source(path) as source:
        for entry in source.entries:
            try:
                yield entry.name, entry.read(), ""
            except PictureError as error:
                yield entry.name, b"", error.what
        for item in source.skipped:
            yield item.name, b"", item.reason


def show_refusal(name: str, reason: str) -> None:
    """Why there is no answer to a picture."""
    show_error(PictureError(reason, received=name))
