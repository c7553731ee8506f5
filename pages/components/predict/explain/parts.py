"""Parts of the "Why?" card for every task: choice of class, nearest examples, change in probabilities."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from pages.components.shared.answers import predictors
from pages.components.shared.selection.chooser import choose_one
from pages.components.shared.selection.labels import class_labels
from pages.components.shared.text import escape_formulas, percent, plain
from pages.components.shared.viewers.safe_preview import temporary_file
from tlcore.runs.job import ALIVE
from tlcore.runs.question import Answer
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND

MOST_CHANGES = 6  # classes in the table of probabilities before and after
NOT_STORED = "This model was stored without its training examples. Train it again to see this."
IN_PROGRESS = "Graft is still analysing the training examples of this model. Look again in a moment."
NEAREST = """
These {many} from training look most alike to the model (1: identical, 0: nothing in common). They hint at
what it goes by, but do not prove that it answered because of them.
"""
COUNTS_TOO = "Its backbone compares them; the words or letters that the head counts are left out here."


def choose_class(answer: Answer, key: str) -> str:
    """Box to choose the class to explain, at first the likeliest; returns it."""
    probabilities = answer["probabilities"]
    return choose_one(
        "Class to explain",
        {
            label: f"{shown} · {percent(probabilities[label])}"
            for label, shown in class_labels(probabilities, most=60).items()
        },
        help="Choose another class to see what speaks for it.",
        key=f"{key}_class",
    )


def explained_answer(
    run: Run, content: bytes, suffix: str, label: str, box: tuple[float, ...] = ()
) -> Answer:
    """Answer with the explanation of a class, or of the object in a box, asked once in a session."""
    with temporary_file(content, suffix) as path:
        return predictors.answer(run, content, path, why=True, label=label, box=box)


def show_nearest(run: Run, answer: Answer, many: str, draw: Callable[[list[Answer]], None]) -> None:
    """Training examples that are most like this one, with what that means.

    Args:
        many: the word for them, such as "pictures".
        draw: shows them; each has `sha256`, `label` and `similarity`.
    """
    if not answer.get("nearest"):
        st.caption(IN_PROGRESS if BACKEND.status(run).state in ALIVE else NOT_STORED)
        return
    draw(answer["nearest"])
    st.caption(NEAREST.format(many=many) + (COUNTS_TOO if run.counts_terms else ""))


def show_changes(before: Answer, after: Answer, key: str) -> None:
    """Change in the probabilities, as a sentence and as a table."""
    label, others = before["label"], after["probabilities"]
    was, now = before["confidence"], others[label]
    st.markdown(f"**{plain(label)}**: {percent(was)} → {percent(now)}")
    if after["label"] != label:
        st.markdown(f"Now it answers **{plain(after['label'])}** ({percent(after['confidence'])}).")
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
    st.caption("The change is in percentage points: from 90 % to 60 % is −30.")


def points_text(difference: float) -> str:
    """Difference of two shares in percentage points, with an arrow: `▼ −30.2`."""
    points = round(100 * difference, 1)
    if not points:
        return "0.0"
    return f"▲ +{points:.1f}" if points > 0 else f"▼ −{-points:.1f}"
