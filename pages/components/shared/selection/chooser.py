"""Selection boxes; no other module draws any.

Streamlit identifies an option by its label, so two options with equal labels are one. Here each option has
an id and a unique label (`labels.py`), and the id is returned. A label may change, for example when another
entry of that name arrives; the box stays on its id.

A click may come before the browser has drawn a box: it then draws the box of the next run of the page, which
has no first choice. `persist_state` makes Streamlit tell it the choice again.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeVar, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.shared.selection import addresses
from pages.components.shared.selection.labels import unique_labels

T = TypeVar("T", bound=Hashable)
LAST_LABELS = "labels_drawn"  # in the session: the label that each box showed last


def choose_one(
    title: str,
    labels: Mapping[T, str],
    chosen: T | None = None,
    *,
    key: str,
    within: DeltaGenerator | None = None,
    **options: Any,
) -> T:
    """A box with exactly one choice.

    Args:
        labels: the label of each option, as text.
        chosen: the choice at first; None for the first option.
        within: the container of the box.
        options: more options of `st.selectbox`.
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
    """A box that may be empty, and is at first unless something is `chosen`; arguments as for `choose_one`.

    With `accept_new_options` it returns a typed text as it is.
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
    """A box with any number of choices; arguments as for `choose_one`."""
    labels = _with_unique_labels(labels)
    held = st.session_state.get(key)
    if held is not None:
        stay = [id for id in held if id in labels]
        if stay != held or _is_renamed(key, [labels[id] for id in stay]):
            st.session_state[key] = stay
    default = list(chosen) if held is None else None
    options = {"persist_state": "page", **options}
    found = (within or st).multiselect(
        title, list(labels), default, format_func=labels.__getitem__, key=key, **options
    )
    _record_label(key, [labels[id] for id in found])
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
    """A row of buttons, one of them pressed: for a few fixed options.

    Args:
        chosen: the button pressed at first; None if the session holds it.
        options: more options of `st.segmented_control`.
    """
    found = (within or st).segmented_control(
        title,
        list(labels),
        default=chosen,
        required=True,
        format_func=_with_unique_labels(labels).__getitem__,
        key=key,
        **options,
    )
    return cast(T, found)


def choose_pills(title: str, labels: Mapping[T, str], *, key: str, **options: Any) -> list[T]:
    """A row of small buttons, all of them pressed at first: for a few options that may change with the key.

    Args:
        labels: the label of each option, unique and as Markdown.
        options: more options of `st.pills`.
    """
    return st.pills(
        title,
        list(labels),
        selection_mode="multi",
        default=list(labels),
        format_func=labels.__getitem__,
        key=key,
        **options,
    )


def choose_addressed(
    title: str,
    labels: Mapping[str, str],
    name: str,
    first: str | None,
    *,
    key: str,
    within: DeltaGenerator | None = None,
    **options: Any,
) -> str:
    """A box whose choice is in the page's address; "" while it is empty.

    Args:
        labels: by id.
        name: its name in the address.
        first: the choice if the address has no valid one; None: the box may be empty, and is then.
    """
    current = addresses.current_id(name)
    st.session_state[key] = current if current in labels else first
    args = (name, key, tuple(labels))
    found = _box(
        title, labels, None, key, within, options | {"on_change": _record_choice, "args": args}, first is None
    )
    addresses.remember(name, str(found or ""))
    return str(found or "")


def _record_choice(name: str, key: str, ids: tuple[str, ...]) -> None:
    """Record the choice before the page is drawn; an id that is none of these comes from an older list."""
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
    labels, ids = _with_unique_labels(labels), list(labels)
    _keep_up(key, labels, first, bool(options.get("accept_new_options")))
    index = ids.index(cast(T, first)) if first in labels else None if can_be_empty else 0
    if st.session_state.get(key) is not None:
        index = None if can_be_empty else 0  # Streamlit warns of a default where a value is set
    options = {"persist_state": "page", **options}
    found = (within or st).selectbox(title, ids, index, format_func=labels.__getitem__, key=key, **options)
    _record_label(key, labels.get(cast(T, found)))
    return found


def _keep_up(key: str, labels: Mapping[T, str], first: T | None, is_open: bool) -> None:
    """Keep a box on its choice: set it again if its label changed; take `first` if the choice is gone."""
    held: Any = st.session_state.get(key)
    if held in labels:
        if _is_renamed(key, labels[held]):
            st.session_state[key] = held
    elif held is not None and not is_open:
        st.session_state[key] = first  # set, not forgotten: the browser must hear it


def _with_unique_labels(labels: Mapping[T, str]) -> Mapping[T, str]:
    return unique_labels(labels, labels.__getitem__)


def _is_renamed(key: str, label: object) -> bool:
    """Whether the box showed another label for its choice when it was last drawn."""
    return st.session_state.get(LAST_LABELS, {}).get(key, label) != label


def _record_label(key: str, label: object) -> None:
    st.session_state.setdefault(LAST_LABELS, {})[key] = label
