"""Asking a model about texts: one with its chances as bars, or many, one a line, as a table."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.components import answers
from pages.components.words import counted
from tlcore.data.tables.plain_text import decode
from tlcore.data.tables.rows import MAX_CELL
from tlcore.runs.run import Run

MOST_LINES = 500
MOST_MB = 1  # of a file with a text on each line
NAME = 80  # characters of a text in a message


def ask(run: Run) -> None:
    """Two ways to give texts, each with its answers beneath."""
    one, many = st.tabs(["One text", "Several at once"])
    with one:
        _one(run)
    with many:
        _many(run)


def _one(run: Run) -> None:
    with st.form("one_text", border=False):
        text = st.text_area("A text", max_chars=MAX_CELL, key="text", placeholder="Type or paste a text")
        st.form_submit_button("Ask", type="primary", icon=":material/search:", key="ask_one")
    if text.strip():
        with st.container(border=True):
            found = _answer(run, text)
            if not answers.refused(found, text[:NAME]):
                answers.bars(found)


def _many(run: Run) -> None:
    with st.form("many_texts", border=False):
        written = st.text_area("Texts, one a line", height=200, key="texts", placeholder="A text")
        file = st.file_uploader(
            "Or a file with a text on each line", ["txt"], key="texts_file", max_upload_size=MOST_MB
        )
        st.form_submit_button("Ask for all", type="primary", icon=":material/search:", key="ask_many")
    content = written.encode()
    if file is not None:
        content += b"\n" + decode(file.getvalue()).encode()
    lines = [line for line in content.decode().splitlines() if line.strip()]
    if len(lines) > MOST_LINES:
        st.warning(f"Only the first {MOST_LINES} of {counted(len(lines), 'text')} are answered here.")
    if lines:
        _table(run, lines[:MOST_LINES])


def _table(run: Run, lines: list[str]) -> None:
    with st.spinner(f"Asking for {counted(len(lines), 'text')} …", show_time=True):
        found = [_answer(run, line) for line in lines]
    rows = [
        {"Text": line, "Class": answer.get("label", answer.get("error")), "Chance": answer.get("confidence")}
        for line, answer in zip(lines, found, strict=True)
    ]
    share = st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1, width="small")
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={"Text": st.column_config.TextColumn(width="medium"), "Chance": share},
        key="answers_table",
    )


def _answer(run: Run, text: str) -> dict[str, Any]:
    content = text.encode(errors="replace")
    with answers.kept(content, ".txt") as path:
        return answers.answer(run, content, path)
