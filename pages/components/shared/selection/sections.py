"""The sections of a page about a run: a row of buttons, of which the address names the pressed one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from pages.components.shared.selection.chooser import choose_segment
from tlcore.runs.run import Run

ADDRESS = "section"


@dataclass(frozen=True)
class Section:
    """One section: its title, and the function that draws it for a run that has a model.

    `show` may raise a GraftError, which the page shows in its place.
    """

    title: str
    show: Callable[[Run], None]


def choose(sections: Mapping[str, Section], page: str) -> Section:
    """The section that the address names, below the control that changes it.

    Args:
        sections: by their names in the address; the first is what an address without one shows.
    """
    key, first = f"{page}_section", next(iter(sections))
    named = st.query_params.get(ADDRESS, first)
    st.session_state[key] = named if named in sections else first
    chosen = choose_segment(
        "Section",
        {name: section.title for name, section in sections.items()},
        key=key,
        on_change=_turn,
        args=(key, first),
        label_visibility="collapsed",
    )
    return sections[chosen or first]


def _turn(key: str, first: str) -> None:
    """Write the chosen section into the address."""
    if st.session_state[key] == first:
        st.query_params.pop(ADDRESS, None)
    else:
        st.query_params[ADDRESS] = st.session_state[key]
