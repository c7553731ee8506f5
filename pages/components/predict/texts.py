"""Predict for texts: one or a few, each with its answer; many, as a batch."""

from __future__ import annotations

import secrets

import streamlit as st

from pages.components.browser.upload.upload import Received, UploadKind, upload_box
from pages.components.predict import prediction_card
from pages.components.predict.batch import jobs
from pages.components.shared.selection.addresses import remember
from pages.components.shared.text import paragraph, show_error
from pages.components.shared.viewers.safe_preview import temporary_file
from tlcore.data.tables.rows import MAX_CELL
from tlcore.errors import DataError
from tlcore.refusals import writing
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

FEW = 6  # texts that are answered at once, each in a card; more make a batch
NAME = 80  # characters of a text in a message
TABLE = UploadKind(
    "Drop a table of texts here",
    "CSV, JSON Lines, Excel and more, a .txt file with one text per line, or a ZIP file of .txt files.",
    ("table", "archive"),
    "table",
)


def ask(runs: tuple[Run, ...]) -> None:
    """Two ways to send texts, each with its answers beneath."""
    one, many = st.tabs(["One text", "Several at once"])
    with one:
        _one(runs)
    with many:
        try:
            _many(runs)
        except DataError as error:
            show_error(error)
        jobs.show(runs)


def _one(runs: tuple[Run, ...]) -> None:
    with st.form("one_text", border=False):
        text = st.text_area("Text", max_chars=MAX_CELL, key="text", placeholder="Type or paste a text")
        st.form_submit_button("Ask", type="primary", icon=":material/search:", key="ask_one")
    if text.strip():
        _card(runs, text, "one")


def _many(runs: tuple[Run, ...]) -> None:
    with st.form("many_texts", border=False):
        typed = st.text_area("Texts, one per line", height=200, key="texts", placeholder="A text")
        pressed = st.form_submit_button("Ask all", type="primary", icon=":material/search:", key="ask_many")
    lines = [line for line in typed.splitlines() if line.strip()]
    received = upload_box("texts_file", longest_side=0, kind=TABLE)
    if received is not None:
        jobs.begin(runs, received)
    elif pressed and len(lines) > FEW:
        jobs.begin(runs, _as_file(lines))
    elif pressed:
        remember(jobs.ADDRESS, "")
    if len(lines) <= FEW:
        for number, line in enumerate(lines):
            _card(runs, line, f"line_{number}", is_seen=False)


def _as_file(lines: list[str]) -> Received:
    """Typed lines as an upload."""
    path = Workspace().uploads / f"upload-{secrets.token_hex(16)}.txt"
    with writing():
        path.write_text("\n".join(lines), encoding="utf-8", errors="replace", newline="\n")
    return Received(path, f"{len(lines):,} lines", len(lines), None)


def _card(runs: tuple[Run, ...], text: str, key: str, is_seen: bool = True) -> None:
    content = text.encode(errors="replace")

    def draw() -> None:
        st.markdown(paragraph(text))

    with temporary_file(content, ".txt") as path:
        prediction_card.show(runs, content, path, text[:NAME], f"text_{key}", None if is_seen else draw)
