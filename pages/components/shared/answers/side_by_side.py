"""Two models on the same input: choice of the second, and whether they agree."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components.shared.selection.addresses import remember
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.run_chooser import choose_folded
from pages.components.shared.selection.selection import runs_with_model
from pages.components.shared.text import isolated
from tlcore.errors import GraftError
from tlcore.runs.run import Run

ADDRESS = "beside"


def choose(run: Run) -> Run | None:
    """Box to choose a second model for the same task; returns None where there is none or none is chosen.

    The address names it.
    """
    others = {other.id: other for other in runs_with_model() if other.id != run.id and _same_task(run, other)}
    if not others:
        remember(ADDRESS, "")
        return None
    chosen = choose_folded(
        "Compare with",
        list(others),
        ADDRESS,
        key=key_of(ADDRESS, run.id),
        can_be_empty=True,
        placeholder="No second model",
        help="Both models answer, so you see where they disagree.",
        width=420,
    )
    return others.get(chosen)


def _same_task(run: Run, other: Run) -> bool:
    try:
        return other.task == run.task
    except GraftError:
        return False


def show_agreement(first: dict[str, Any], second: dict[str, Any]) -> None:
    """Show whether two answers name the same class."""
    one, two = isolated(first["label"]), isolated(second["label"])
    if one == two:
        st.markdown(f":material/join: Both answer **{one}**.")
    else:
        st.markdown(f":material/call_split: They disagree: **{one}** and **{two}**.")
