"""The code of a run: the script to read, and the whole of it as a download."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.download import download_file
from pages.components.shared.job_bar import job_bar
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import plain, show_errors, size
from tlcore.errors import DataError
from tlcore.export.code import documents, files
from tlcore.export.code.code_export import CodeExport
from tlcore.export.code.common import values
from tlcore.runs.job import ALIVE
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND

EVERY = "1s"
ABOUT = (
    "This run as a script in plain Keras, to read, change and run without Graft. It rebuilds the model and "
    "trains it on the same {many}. The download has it as a notebook too, with {along}."
)
TOO_MANY = "They have {size}, too much for a download: run the code on this computer."


def show(run: Run) -> None:
    """The download and the script; drawn again while its networks are being written."""
    if reason := values.missing(run.config()):
        st.info(f"There is no code of this run: {reason}.", icon=":material/info:")
        return
    try:
        text, pictures = documents.script(values.of_run(run)), files.bytes_of_pictures(run)
    except DataError as error:
        st.info(
            f"There is no code of a run without its {run.words.many}. {plain(error.what)}",
            icon=":material/info:",
        )
        return
    along = "the backbone and the split" if pictures else "the backbone, the texts and their split"
    st.markdown(ABOUT.format(many=run.words.many, along=along))
    is_busy = BACKEND.status(CodeExport(run)).state in ALIVE
    st.fragment(_download, run_every=EVERY if is_busy else None)(run, pictures, is_busy)
    st.code(text, language="python", wrap_lines=True)


@show_errors
def _download(run: Run, pictures: int, was_busy: bool) -> None:
    export = CodeExport(run)
    status = BACKEND.status(export)
    if was_busy and status.state not in ALIVE:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        with_pictures = bool(pictures) and _ask_for_pictures(run, pictures)
        st.space("stretch")
        if status.state in ALIVE:
            job_bar(export, status, key_of("stop", run.id, "code"))
        elif export.is_ready:
            _button(export, with_pictures)
        elif st.button(
            "Make the download", icon=":material/build:", type="primary", key=key_of("make", run.id, "code")
        ):
            export.folder.mkdir(parents=True, exist_ok=True)
            BACKEND.start(export, export.command)
            st.rerun()
    if status.state in ("failed", "lost"):
        st.caption(f":material/info: {plain(status.error or 'It was interrupted: its process is gone.')}")


def _ask_for_pictures(run: Run, pictures: int) -> bool:
    is_much = pictures > files.MOST_BYTES
    return st.toggle(
        f"With the pictures ({size(pictures)})",
        value=False,
        key=key_of("with_pictures", run.id),
        disabled=is_much,
        help=TOO_MANY.format(size=size(pictures)) if is_much else "Then it runs anywhere, at once.",
    )


def _button(export: CodeExport, with_pictures: bool) -> None:
    download_file(
        "Download",
        lambda: export.pack(with_pictures),
        f"{export.run.id} code",
        type="primary",
        key=key_of("download", export.run.id, "code"),
    )
