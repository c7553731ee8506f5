"""Sections of the Evaluate page, in one table; the address names the one that is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from pages.components.evaluate import (
    confidence,
    confusion_matrix,
    external_tests,
    map_section,
    mistakes,
    overview,
    per_class,
)
from pages.components.evaluate.labels import section as labels
from pages.components.evaluate.places import areas, boxes, confusions, threshold
from pages.components.evaluate.places import overview as places_overview
from pages.components.evaluate.places import per_class as places_per_class
from pages.components.shared.selection.chooser import choose_segment
from tlcore.data.manifest import Task
from tlcore.runs.run import Run

ADDRESS = "section"
KEY = "evaluate_section"


@dataclass(frozen=True)
class Section:
    """One section: its title, and the function that draws it for a run that has a model.

    `show` may raise a GraftError, which the page shows in its place.
    """

    title: str
    show: Callable[[Run], None]


# By their names in the address; the first is what an address without one shows.
SECTIONS = {
    "overview": Section("Overview", overview.show),
    "confusion": Section("Confusions", confusion_matrix.show),
    "classes": Section("Class by class", per_class.show),
    "sureness": Section("Confidence", confidence.show),
    "mistakes": Section("Mistakes", mistakes.show),
    "labels": Section("Labels to check", labels.show),
    "map": Section("Map", map_section.show),
    "elsewhere": Section("Another folder", external_tests.show),
}
FIRST = next(iter(SECTIONS))
OF_DETECTION = {
    "overview": Section("Overview", places_overview.show),
    "confusion": Section("Confusions", confusions.show),
    "classes": Section("Class by class", places_per_class.show),
    "sureness": Section("Threshold", threshold.show),
    "mistakes": Section("Pictures", boxes.show),
}
OF_SEGMENTATION = {
    "overview": Section("Overview", places_overview.show),
    "classes": Section("Class by class", places_per_class.show),
    "mistakes": Section("Pictures", areas.show),
}
SECTIONS_OF: dict[Task, dict[str, Section]] = {
    "images": SECTIONS,
    "texts": SECTIONS,
    "detection": OF_DETECTION,
    "segmentation": OF_SEGMENTATION,
}


def choose(task: Task) -> Section:
    """Section that the address names, below the control that changes it."""
    sections = SECTIONS_OF[task]
    named = st.query_params.get(ADDRESS, FIRST)
    st.session_state[KEY] = named if named in sections else FIRST
    chosen = choose_segment(
        "Section",
        {name: section.title for name, section in sections.items()},
        key=KEY,
        on_change=_turn,
        label_visibility="collapsed",
    )
    return sections[chosen or FIRST]


def _turn() -> None:
    """Write the chosen section into the address."""
    if st.session_state[KEY] == FIRST:
        st.query_params.pop(ADDRESS, None)
    else:
        st.query_params[ADDRESS] = st.session_state[KEY]
