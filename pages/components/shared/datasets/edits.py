"""Changing a data set from a page: an edit becomes a version, is said beside the control, can be taken back.

Everything here may run in a widget's callback, before the page is drawn, so that the page that follows shows
the newest version. What was done last is kept for this session; the list of versions keeps it for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import streamlit as st

from pages.components.shared.datasets.split_names import with_fixed_splits
from pages.components.shared.text import plain, show_error
from tlcore.data import edits, versions
from tlcore.data.dataset import Dataset
from tlcore.data.edits import Edit
from tlcore.data.manifest import Manifest
from tlcore.errors import DataError, GraftError
from tlcore.refusals import refusal


@dataclass
class EditLog:
    """What this session did last to a data set: where on the page, what came of it, or why it failed.

    Attributes:
        place: names the control; only there it is told.
        version: the version that the change made; 0 when it failed.
        said: the change in words, a sentence of plain text; "" when it failed.
        error: why it failed.
        is_undo: whether the change took another one back.
        made: versions that this session made and has not taken back, the newest last.
    """

    place: str = ""
    version: int = 0
    said: str = ""
    error: GraftError | None = None
    is_undo: bool = False
    made: list[int] = field(default_factory=list)


def log(dataset: Dataset) -> EditLog:
    """This session's log of a data set."""
    logs: dict[str, EditLog] = st.session_state.setdefault("edited", {})
    return logs.setdefault(dataset.id, EditLog())


def carry_out(dataset: Dataset, wanted: Sequence[Edit], place: str) -> None:
    """Make one version of these edits; one that changes nothing is left out.

    Args:
        place: names the control that asked, where the outcome is told.
    """
    _keep(dataset, place, lambda: versions.keep(dataset, lambda manifest: _all(manifest, wanted)))


def undo(dataset: Dataset, version: int, place: str) -> None:
    """Take back what `version` changed.

    Taking back what was itself taken back last makes the change once more, and counts as a change.
    """
    told = log(dataset)
    again = told.is_undo and told.version == version
    _keep(dataset, place, lambda: versions.undo(dataset, version), 0 if again else version)


def undo_last(dataset: Dataset, place: str) -> None:
    """Take back the newest of this session's changes that still stands, if there is one."""
    made = log(dataset).made
    if made:
        undo(dataset, made[-1], place)


def _keep(dataset: Dataset, place: str, make: Callable[[], Manifest], undone: int = 0) -> None:
    """Do it and write down what came of it."""
    told = log(dataset)  # taken first: from here on nothing lets Streamlit stop the script half-way
    told.place, told.version, told.said, told.error = place, 0, "", None
    told.is_undo = bool(undone)
    if undone in told.made:
        told.made.remove(undone)
    try:
        made = make()
    except GraftError as error:
        told.error = error
        return
    except OSError as error:
        told.error = refusal(error)
        return
    told.version, told.said = made.version, sentence(made.change)
    if not undone:
        told.made.append(made.version)


def _all(manifest: Manifest, wanted: Sequence[Edit]) -> Manifest:
    """All of them, one after the other; refused only if none changes anything."""
    changed, refused = manifest, DataError("There is nothing to change.")
    for edit in wanted:
        try:
            for step in with_fixed_splits(changed, edit):
                changed = edits.apply(changed, step)
        except DataError as error:
            refused = error
    if changed is manifest:
        raise refused
    return changed


def sentence(change: str) -> str:
    """A change as a sentence of its own."""
    return f"{change[:1].upper()}{change[1:]}." if change else ""


def notice(dataset: Dataset, place: str) -> None:
    """What was done here last, with the way back; or why it could not be done."""
    told = log(dataset)
    if told.place != place:
        return
    if told.error is not None:
        show_error(told.error)
    elif told.version:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"notice_{place}"):
            st.markdown(f":material/check: {plain(told.said)}", width="stretch")
            st.button(
                "Redo" if told.is_undo else "Undo",
                icon=":material/redo:" if told.is_undo else ":material/undo:",
                key=f"undo_{place}",
                on_click=undo,
                args=(dataset, told.version, place),
            )
