"""Boxes to choose from: the only place that draws them.

Streamlit goes by the label of an option, so that two of one label are one. Whoever lets a person choose gives
each option an id and a label of its own (`labels.py`) and gets the id back. A label may change while its
option stays the same, as when another one of that name comes in: the box stays on the id.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeVar, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.shared.selection import addresses
from pages.components.shared.selection.labels import unique_labels

T = TypeVar("T", bound=Hashable)
LAST_LABELS = "labels_drawn"  # in the session: what each box showed last


def choose_one(
    title: str,
    labels: Mapping[T, str],
    chosen: T | None = None,
    *,
    key: str,
    within: DeltaGenerator | None = None,
    **options: Any,
) -> T:
    """A box that holds one of them.

    Args:
        labels: what each is shown by, as text.
        chosen: what it holds at first; None for the first of them.
        within: where it is drawn.
        options: further ones of `st.selectbox`.
    """
    first = chosen if chosen in labels else next(iter(labels), None)
    return cast(T, _box(title, labels, first, key, within, options))


def choose_or_none(
    title: str,
    labels: Mapping[T, str],
    chosen: T | None = None,
    *,
    key: str,
    within: DeltaGenerator | None = None,
    **options: Any,
) -> T | None:
    """A box that may be empty, as it is at first unless something is `chosen`; arguments as before.

    With `accept_new_options` what a person has typed comes back as it is.
    """
    return cast("T | None", _box(title, labels, chosen, key, within, options, can_be_empty=True))


def choose_several(
    title: str,
    labels: Mapping[T, str],
    chosen: Sequence[T] = (),
    *,
    key: str,
    within: DeltaGenerator | None = None,
    **options: Any,
) -> list[T]:
    """A box that holds any number of them; arguments as before."""
    labels = _apart(labels)
    held = st.session_state.get(key)
    if held is not None:
        stay = [id for id in held if id in labels]
        if stay != held or _is_renamed(key, [labels[id] for id in stay]):
            st.session_state[key] = stay
    default = list(chosen) if held is None else None
    found = (within or st).multiselect(
        title, list(labels), default, format_func=labels.__getitem__, key=key, **options
    )
    _note(key, [labels[id] for id in found])
    return found


def choose_segment(
    title: str,
    labels: Mapping[T, str],
    chosen: T | None = None,
    *,
    key: str,
    within: DeltaGenerator | None = None,
    **options: Any,
) -> T:
    """A row of buttons of which one is pressed: for a few things that are always the same.

    Args:
        chosen: what is pressed at first; None where the session says so.
        options: further ones of `st.segmented_control`.
    """
    found = (within or st).segmented_control(
        title,
        list(labels),
        default=chosen,
        required=True,
        format_func=_apart(labels).__getitem__,
        key=key,
        **options,
    )
    return cast(T, found)


def choose_addressed(
    title: str, labels: Mapping[str, str], name: str, first: str | None, *, key: str, **options: Any
) -> str:
    """A box whose choice the address carries; "" while it is empty.

    Args:
        labels: by id.
        name: what the address calls it.
        first: what it holds where the address says nothing that is here; None: it can be empty, and is then.
    """
    current = addresses.current_id(name)
    st.session_state[key] = current if current in labels else first
    args = (name, key, tuple(labels))
    found = _box(title, labels, None, key, None, options | {"on_change": _turn, "args": args}, first is None)
    addresses.remember(name, str(found or ""))
    return str(found or "")


def _turn(name: str, key: str, ids: tuple[str, ...]) -> None:
    """Note what was chosen, before the page is drawn; what is none of these came from an older list."""
    if st.session_state[key] in (None, *ids):
        addresses.note(name, st.session_state[key] or "")


def _box(
    title: str,
    labels: Mapping[T, str],
    first: T | None,
    key: str,
    within: DeltaGenerator | None,
    options: Mapping[str, Any],
    can_be_empty: bool = False,
) -> object:
    labels, ids = _apart(labels), list(labels)
    _keep_up(key, labels, first, bool(options.get("accept_new_options")))
    index = ids.index(cast(T, first)) if first in labels else None if can_be_empty else 0
    if st.session_state.get(key) is not None:
        index = None if can_be_empty else 0  # Streamlit warns of a default where a value is set
    found = (within or st).selectbox(title, ids, index, format_func=labels.__getitem__, key=key, **options)
    _note(key, labels.get(cast(T, found)))
    return found


def _keep_up(key: str, labels: Mapping[T, str], first: T | None, is_open: bool) -> None:
    """Keep a box on what it holds: say it once more where its label is another, and what is there no more
    gives way to the first.
    """
    held: Any = st.session_state.get(key)
    if held in labels:
        if _is_renamed(key, labels[held]):
            st.session_state[key] = held
    elif held is not None and not is_open:
        st.session_state[key] = first  # set, not forgotten: the browser must hear it


def _apart(labels: Mapping[T, str]) -> Mapping[T, str]:
    return unique_labels(labels, labels.__getitem__)


def _is_renamed(key: str, label: object) -> bool:
    """Whether the box showed something else for what it holds when it was drawn last."""
    return st.session_state.get(LAST_LABELS, {}).get(key, label) != label


def _note(key: str, label: object) -> None:
    st.session_state.setdefault(LAST_LABELS, {})[key] = label
