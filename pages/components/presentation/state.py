"""The presentation that a browser tab shows: its scene, and what it made. It lives in the address.

So a refresh in the middle of it shows the same scene, and two tabs present two things.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from pathlib import Path

import streamlit as st

from pages.components.shared.selection import addresses
from tlcore.data.dataset import Dataset
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

ADDRESS = "present"
NEXT_DATA, NEXT_RUN = "presentation_data", "presentation_run"  # in the session: ids of what is just starting


@dataclass(frozen=True)
class Presentation:
    """A presentation in progress.

    Attributes:
        scene: its place in the script.
        data, run: what it made so far; "" for nothing.
        data_before, run_before: what the person had in hand when it began.
    """

    scene: int = 0
    data: str = ""
    run: str = ""
    data_before: str = ""
    run_before: str = ""

    @property
    def dataset(self) -> Dataset:
        return Dataset(Workspace().datasets / self.data)

    @property
    def model(self) -> Run:
        return Run(Workspace().runs / self.run)


def current(scenes: int) -> Presentation | None:
    """The presentation of this tab; None while there is none, or if the address names no such scene, or no
    folders of a workspace.
    """
    scene, *ids = [*addresses.current_parts(ADDRESS), *[""] * 5][:5]
    if not scene.isdecimal() or not scene.isascii() or int(scene[:4]) >= scenes:
        return None
    if any(id in (".", "..") or id != Path(id).name or "\0" in id for id in ids):
        return None
    return Presentation(int(scene[:4]), *ids)


def address_of(presentation: Presentation) -> str:
    return addresses.join_ids(map(str, astuple(presentation)))


def keep(presentation: Presentation) -> None:
    """Write it into the address of the page."""
    addresses.remember(ADDRESS, address_of(presentation))


def leave(presentation: Presentation) -> None:
    """End it, and take in hand again what the person had before."""
    for name in (NEXT_DATA, NEXT_RUN):
        st.session_state.pop(name, None)
    addresses.remember(ADDRESS, "")
    for name, id in (("data", presentation.data_before), ("run", presentation.run_before)):
        addresses.note(name, id)


def in_hand() -> Presentation:
    """The first scene, with what the person has in hand now."""
    before = (str(st.session_state.get(name, "")) for name in ("data", "run"))
    return Presentation(0, "", "", *before)
