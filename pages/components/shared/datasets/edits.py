"""Changes of a data set from a page: each becomes a version, with a notice and Undo beside the control.

Everything here can run in a widget's callback, before the page is drawn, so that the page shows the newest
version. The session remembers only its last change; the Versions tab lists all changes, for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import streamlit as st

from pages.components.shared.datasets.split_names import with_fixed_splits
from pages.components.shared.text import plain, show_error
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest
from tlcore.data.versions import edits, versions
from tlcore.data.versions.edits import Edit
from tlcore.errors import DataError, GraftError
from tlcore.workspace.refusals import refusal


@dataclass
class EditLog:
    """The last change that this session made to a data set, or the reason why it failed.

    Attributes:
        place: names the control; only there the notice appears.
        version: the version that the change made; 0 if it failed.
        message: the change as a sentence of plain text; "" if it failed.
        error: why it failed.
        is_undo: whether the change reversed another one.
        versions: versions that this session made and has not undone, the newest last.
    """

    place: str = ""
    version: int = 0
    message: str = ""
    error: GraftError | None = None
    is_undo: bool = False
    versions: list[int] = field(default_factory=list)


def log(dataset: Dataset) -> EditLog:
    """This session's log of a data set."""
    logs: dict[str, EditLog] = st.session_state.setdefault("edited", {})
    return logs.setdefault(dataset.id, EditLog())


def carry_out(dataset: Dataset, changes: Sequence[Edit], place: str) -> None:
    """Make one version of these edits, without those that change nothing.

    Args:
        place: names the control that asked; the notice appears there.
    """
    _record(dataset, place, lambda: versions.add_version(dataset, lambda manifest: _apply(manifest, changes)))


def refuse(dataset: Dataset, place: str, error: GraftError) -> None:
    """Let the notice at this control say why nothing was changed."""
    entry = log(dataset)
    entry.place, entry.version, entry.message, entry.error, entry.is_undo = place, 0, "", error, False


def undo(dataset: Dataset, version: int, place: str) -> None:
    """Undo the change of `version`.

    To undo the last undo is a redo, and counts as a change.
    """
    entry = log(dataset)
    is_redo = entry.is_undo and entry.version == version
    _record(dataset, place, lambda: versions.undo(dataset, version), 0 if is_redo else version)


def undo_last(dataset: Dataset, place: str) -> None:
    """Undo the newest of this session's changes that is not undone, if there is one."""
    own = log(dataset).versions
    if own:
        undo(dataset, own[-1], place)


def _record(dataset: Dataset, place: str, make: Callable[[], Manifest], undone: int = 0) -> None:
    """Call `make` and record its result; `undone`: the version that it undoes, 0 for none."""
    entry = log(dataset)  # first: from here on nothing lets Streamlit stop the script half-way
    entry.place, entry.version, entry.message, entry.error = place, 0, "", None
    entry.is_undo = bool(undone)
    if undone in entry.versions:
        entry.versions.remove(undone)
    try:
        manifest = make()
    except GraftError as error:
        entry.error = error
        return
    except OSError as error:
        entry.error = refusal(error)
        return
    entry.version, entry.message = manifest.version, sentence(manifest.change)
    if not undone:
        entry.versions.append(manifest.version)


def _apply(manifest: Manifest, changes: Sequence[Edit]) -> Manifest:
    """The manifest after all edits, in order; an error only if none of them changes anything."""
    changed, refusal = manifest, DataError("There is nothing to change.")
    for edit in changes:
        try:
            for step in with_fixed_splits(changed, edit):
                changed = edits.apply(changed, step)
        except DataError as error:
            refusal = error
    if changed is manifest:
        raise refusal
    return changed


def sentence(change: str) -> str:
    """A change as a full sentence."""
    return f"{change[:1].upper()}{change[1:]}." if change else ""


def notice(dataset: Dataset, place: str) -> None:
    """The last change made at this control, with Undo; or the reason why it failed."""
    entry = log(dataset)
    if entry.place != place:
        return
    if entry.error is not None:
        show_error(entry.error)
    elif entry.version:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"notice_{place}"):
            st.markdown(f":material/check: {plain(entry.message)}", width="stretch")
            st.button(
                "Redo" if entry.is_undo else "Undo",
                icon=":material/redo:" if entry.is_undo else ":material/undo:",
                key=f"undo_{place}",
                on_click=undo,
                args=(dataset, entry.version, place),
            )
