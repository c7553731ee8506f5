"""Card "Why?": an explanation of an answer. It costs nothing while it is closed.

Each task has a module of its own for it, found in one table.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from pages.components.predict.explain import images, places, texts
from pages.components.shared.text import show_error
from tlcore.data.manifest import Task
from tlcore.errors import GraftError
from tlcore.runs.question import Answer
from tlcore.runs.run import Run

PARTS: dict[Task, Callable[[Run, bytes, Path, str, Answer, str], None]] = {
    "images": images.show,
    "texts": texts.show,
    "detection": places.show,
    "segmentation": places.show,
}
UNKNOWN = """
**This is unlike anything in training.** The model still has to choose one of its classes, so the answer and
its explanation may mean nothing. See below how little the nearest training examples resemble it.
"""


@st.fragment
def show(run: Run, content: bytes, path: Path, name: str, answer: Answer, key: str) -> None:
    """Card beneath an answer, to be opened.

    Args:
        content: the example, and `path` where it lay: its ending says how it is read.
        name: what the person calls it, shown as text.
        answer: what `answers.answer` gave for it, without an `error`.
        key: names the card on its page; another example needs another one.
    """
    card = st.expander("Why?", key=f"{key}_why", icon=":material/help:", on_change="rerun")
    if not card.open:
        return
    with card:
        if answer.get("unknown"):
            st.warning(UNKNOWN, icon=":material/travel_explore:")
        try:
            PARTS[run.task](run, content, path, name, answer, key)
        except GraftError as error:
            show_error(error)
