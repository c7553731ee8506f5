"""Why, for a text: which of its words the answer rests on, and which texts are like it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from pages.components.browser.coloured_text.coloured_text import show_coloured_text
from pages.components.predict.answers import predictors
from pages.components.predict.explain import parts
from pages.components.shared.text import counted, escape_formulas
from pages.components.shared.viewers.texts import texts_of
from tlcore.errors import DataError
from tlcore.runs.run import Run

MEANING = """
Each word was left out once, and the model asked again: the darker, the more its absence changes the chance.
Words that do their work only together, or twice over, can look as if they did nothing; and a text with a hole
is something the model has rarely seen.
"""
LIKE = """
Of all texts that the model has seen in training, these are the most alike to its eyes: 1 would be the
same, 0 nothing in common. They hint at what it goes by; they do not prove that it answered because of them.
"""
NOT_READ = """
behind the end of what the model reads. Where an earlier word is left out, the next one is read in its stead:
then its change is of both.
"""
GONE = "(this text is gone from the data set)"


def show(run: Run, content: bytes, path: Path, name: str, answer: dict[str, Any], key: str) -> None:
    """The two parts, one below the other."""
    st.markdown("**The words it rests on**")
    _words(run, content, path.suffix, name, answer, key)
    st.markdown("**The most alike in training**")
    parts.show_nearest(run, answer, LIKE, lambda near: _texts(run, near, key))


def _words(run: Run, content: bytes, suffix: str, name: str, answer: dict[str, Any], key: str) -> None:
    label = parts.choose_class(answer, key)
    reasoned = parts.explained_answer(run, content, suffix, label)
    if predictors.show_refusal(reasoned, name):
        return
    why = reasoned["why"]
    rest = reasoned["text"][len("".join(piece["text"] for piece in why["pieces"])) :]
    show_coloured_text(why["pieces"], rest, f"{key}_words")
    if rest:
        st.caption(f"Only the first {counted(len(why['pieces']), 'word')} were looked at.")
    if why["unread"]:
        unread = counted(why["unread"], "word")
        st.caption(f"The last {unread} changed nothing at all, most likely since they are {NOT_READ}")
    st.caption(MEANING)
    if st.toggle("As a table", key=f"{key}_words_table"):
        rows = [
            {
                "Word": piece["text"].strip(),
                "It changes the chance by (points)": parts.points_text(piece["change"]),
            }
            for piece in sorted(why["pieces"], key=lambda piece: -abs(piece["change"]))
        ]
        st.dataframe(escape_formulas(pd.DataFrame(rows)), hide_index=True, key=f"{key}_words_cells")


def _texts(run: Run, near: list[dict[str, Any]], key: str) -> None:
    try:
        known = texts_of(run.dataset())
    except DataError:
        known = {}
    rows = [
        {"Text": known.get(one["sha256"], GONE), "Class": one["label"], "Alike": round(one["similarity"], 2)}
        for one in near
    ]
    st.dataframe(escape_formulas(pd.DataFrame(rows)), hide_index=True, key=f"{key}_nearest")
