"""A few pictures of one's own to try a model on: each is decoded in the sandbox first."""

from __future__ import annotations

import shutil
from pathlib import Path

import streamlit as st

from pages.components.browser.upload.upload import Received, UploadKind, upload_box
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import counted, show_error
from pages.components.shared.viewers import safe_preview
from tlcore.data.files.open_source import open_source
from tlcore.errors import DataError, GraftError, PictureError
from tlcore.foreign.candidate import ModelCandidate
from tlcore.foreign.trial import SHOWN

FOLDER = "pictures"
BOX = UploadKind(
    "Or drop a few pictures here",
    f"Up to {SHOWN}. Nobody knows their classes, so look at the answers yourself.",
    ("pictures", "archive"),
    "",
)


def show(candidate: ModelCandidate) -> int:
    """The box; returns how many pictures there are."""
    received = upload_box(key_of("pictures", candidate.id), kind=BOX, is_small=True)
    if received is not None:
        try:
            _keep(received, candidate.folder / FOLDER)
        except GraftError as error:
            show_error(error)
    count = len(list((candidate.folder / FOLDER).glob("*")))
    st.caption(f"{counted(count, 'picture')} to try it on." if count else BOX.hint)
    return count


def _keep(received: Received, folder: Path) -> None:
    """Keep the pictures that can be read, under names of ours, in place of those before.

    Raises:
        DataError: there are none.
    """
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with open_source(received.path) as source:
            folder.mkdir()
            for number, entry in enumerate(source.entries[:SHOWN]):
                try:
                    content = entry.read()
                except PictureError:
                    continue
                if not safe_preview.of(content).refused:
                    (folder / f"{number:02d}").write_bytes(content)
    finally:
        received.path.unlink(missing_ok=True)
    if not any(folder.iterdir()):
        raise DataError("None of these pictures can be read.", remedy="Drop other ones.")
