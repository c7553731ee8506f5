"""What the why card has for every task: the class to explain, the reasons, the nearest, chances compared."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from pages.components.predict.answers import predictors
from pages.components.shared.selection.chooser import choose_one
from pages.components.shared.selection.labels import class_labels
from pages.components.shared.text import escape_formulas, percent, plain
from pages.components.shared.viewers.safe_preview import temporary_file
from tlcore.runs.backend import BACKEND
from tlcore.runs.job import ALIVE
from tlcore.runs.question import Answer
from tlcore.runs.run import Run

MOST_CHANGES = 6  # classes in the table of chances before and after
NOTHING_KEPT = """
What this model has seen in training was not kept with it, so there is nothing to compare with. Train it again
to see this.
"""
STILL_LOOKING = """
The model is new, and what it has seen in training is still being gathered. Look again in a moment.
"""


def choose_class(answer: Answer, key: str) -> str:
    """The class whose chance is to be explained: the likeliest, unless another one is asked for."""
    chances = answer["probabilities"]
    return choose_one(
        "Explain the chance of",
        {
            label: f"{shown} · {percent(chances[label])}"
            for label, shown in class_labels(chances, most=60).items()
        },
        help="Choose another class to see what speaks for that one, and so why it is not the answer.",
        key=f"{key}_class",
    )


def explained_answer(run: Run, content: bytes, suffix: str, label: str) -> Answer:
    """The answer with its reasons for a class, asked once in a session."""
    with temporary_file(content, suffix) as path:
        return predictors.answer(run, content, path, why=True, label=label)


def show_nearest(run: Run, answer: Answer, said: str, draw: Callable[[list[Answer]], None]) -> None:
    """The examples of training that are most like this one, and what that can tell.

    Args:
        said: our own Markdown, beneath.
        draw: shows them; each has `sha256`, `label` and `similarity`.
    """
    if not answer.get("nearest"):
        st.caption(STILL_LOOKING if BACKEND.status(run).state in ALIVE else NOTHING_KEPT)
        return
    draw(answer["nearest"])
    st.caption(said)


def show_changes(before: Answer, after: Answer, key: str) -> None:
    """What became of the chances, as a sentence and as a table."""
    label, others = before["label"], after["probabilities"]
    was, now = before["confidence"], others[label]
    st.markdown(f"**{plain(label)}**: {percent(was)} → {percent(now)}")
    if after["label"] != label:
        st.markdown(f"Now it says **{plain(after['label'])}** ({percent(after['confidence'])}).")
    pairs = {name: (chance, others[name]) for name, chance in before["probabilities"].items()}
    most = sorted(pairs, key=lambda name: -max(pairs[name]))[:MOST_CHANGES]
    rows = [
        {"Class": name, "Before": percent(old), "After": percent(new), "Change": points_text(new - old)}
        for name, (old, new) in ((name, pairs[name]) for name in most)
    ]
    narrow = st.column_config.TextColumn(width=70)  # all of them fit beside the picture
    st.dataframe(
        escape_formulas(pd.DataFrame(rows)),
        hide_index=True,
        column_config={"Class": st.column_config.TextColumn(width=90)}
        | dict.fromkeys(("Before", "After", "Change"), narrow),
        key=key,
    )
    st.caption("The change is in points: from 90 % to 60 % are −30.")


def points_text(difference: float) -> str:
    """A difference of two shares in points of percent, its direction as a sign too: `▼ −30.2`."""
    points = round(100 * difference, 1)
    if not points:
        return "0.0"
    return f"▲ +{points:.1f}" if points > 0 else f"▼ −{-points:.1f}"
