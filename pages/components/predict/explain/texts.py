"""Explanation of a text's answer: the words it depends on, and the nearest training texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from pages.components.browser.coloured_text.coloured_text import show_coloured_text
from pages.components.predict.explain import parts
from pages.components.shared.answers import predictors
from pages.components.shared.text import counted, escape_formulas
from pages.components.shared.viewers.texts import texts_of
from tlcore.errors import DataError
from tlcore.runs.run import Run

WORDS = """
Graft left out each word in turn and asked again: the darker a word, the more the probability changes
without it. Words that only count together, or that occur twice, can look unimportant. The model has rarely
seen texts with gaps.
"""
UNREAD = "The last {words} changed nothing: the model probably stops reading before them."
UNREAD_NOR_COUNTED = (
    "The last {words} changed nothing: the backbone probably stops reading before them, and the head "
    "counts none of them."
)
DELETED = "(no longer in the data set)"


def show(run: Run, content: bytes, path: Path, name: str, answer: dict[str, Any], key: str) -> None:
    """Words and nearest texts, one below the other."""
    st.markdown("**Words that count**")
    _words(run, content, path.suffix, name, answer, key)
    st.markdown("**Most alike in training**")
    parts.show_nearest(run, answer, "texts", lambda near: _texts(run, near, key))


def _words(run: Run, content: bytes, suffix: str, name: str, answer: dict[str, Any], key: str) -> None:
    label = parts.choose_class(answer, key)
    reasoned = parts.explained_answer(run, content, suffix, label)
    if predictors.show_refusal(reasoned, name):
        return
    why = reasoned["why"]
    rest = reasoned["text"][len("".join(piece["text"] for piece in why["pieces"])) :]
    show_coloured_text(why["pieces"], rest, f"{key}_words")
    if rest:
        st.caption(f"Only the first {counted(len(why['pieces']), 'word')} were tested.")
    if why["unread"]:
        said = UNREAD_NOR_COUNTED if run.counts_terms else UNREAD
        st.caption(said.format(words=counted(why["unread"], "word")))
    st.caption(WORDS)
    if st.toggle("As a table", key=f"{key}_words_table"):
        rows = [
            {
                "Word": piece["text"].strip(),
                "Change without it (points)": parts.points_text(piece["change"]),
            }
            for piece in sorted(why["pieces"], key=lambda piece: -abs(piece["change"]))
        ]
        st.dataframe(escape_formulas(pd.DataFrame(rows)), hide_index=True, key=f"{key}_words_cells")


def _texts(run: Run, near: list[dict[str, Any]], key: str) -> None:
    try:
        texts = texts_of(run.dataset())
    except DataError:
        texts = {}
    rows = [
        {
            "Text": texts.get(one["sha256"], DELETED),
            "Class": one["label"],
            "Alike": round(one["similarity"], 2),
        }
        for one in near
    ]
    st.dataframe(escape_formulas(pd.DataFrame(rows)), hide_index=True, key=f"{key}_nearest")
