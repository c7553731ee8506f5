"""The gallery: a page of pictures to select and change by pointer and by keyboard.

The browser's part (gallery.html, .css, draw.js, gallery.js) holds the selection. It sends numbered wishes in
groups, the next group only after Python has returned the number of the last wish. Python checks each wish,
makes one version of the group and returns the result.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec
import streamlit as st

from pages.components.browser.assets import sources
from pages.components.browser.messages import sent
from pages.components.shared.datasets import edits
from pages.components.shared.datasets.facts import DatasetFacts
from pages.components.shared.datasets.split_names import SPLITS
from pages.components.shared.selection.labels import class_labels
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Key, Manifest, SplitName
from tlcore.data.task_words import WORDS
from tlcore.data.versions.edits import Edit, Exclude, MoveToSplit, Relabel, Restore
from tlcore.data.versions.example_states import ExampleState
from tlcore.errors import printable
from tlcore.records import JsonType, MalformedJson

PER_PAGE = 60
FIRST = 9  # classes that have a key
BADGES: dict[SplitName | None, str] = {"validation": "validation", "test": "test"}  # most are in training


class Wish(msgspec.Struct, frozen=True):
    """One action of the person. `label`: the class, the split ("": automatic), the page, or "redo"."""

    seq: int
    action: Literal["relabel", "exclude", "restore", "move", "page", "undo"]
    keys: tuple[Key, ...] = ()
    label: str = ""


class GalleryWishes(msgspec.Struct, frozen=True):
    """The wishes of one gallery in one tab; `sender` identifies it."""

    sender: str = msgspec.field(name="from")
    wishes: tuple[Wish, ...]


_WISHES = JsonType(GalleryWishes)


_mount = st.components.v2.component(
    "graft_gallery",
    html=sources("tasks/gallery/gallery.html"),
    css=sources("browser/controls.css", "browser/editor.css", "tasks/gallery/gallery.css"),
    js=sources("tasks/gallery/draw.js", "tasks/gallery/gallery.js"),
)


def show_gallery(
    dataset: Dataset,
    manifest: Manifest,
    facts: DatasetFacts,
    shown: Sequence[ExampleState],
    key: str,
    choice: str = "",
) -> None:
    """A page of the pictures in `shown`, to look at and to change.

    Args:
        key: names the gallery on its page.
        choice: identifies the selection that is shown; another one starts at its first page.
    """
    pages = max(1, math.ceil(len(shown) / PER_PAGE))
    at = f"{key}_{choice}_page"
    start, turns = st.session_state.get(at, (1, 0))
    box = f"{at}_{turns}"
    page = min(max(1, int(st.session_state.get(box, start))), pages)
    states = shown[(page - 1) * PER_PAGE : page * PER_PAGE]
    _mount(
        key=key,
        data={
            "page": f"{choice} {page}",
            "turn": [page, pages],
            "items": [_item(dataset, state, facts) for state in states],
            "classes": _classes(manifest),
            "first": FIRST,
            "many": WORDS[manifest.task].many,
            "done": _last_wish(key),
            **_note(dataset, key),
        },
        on_act_change=_listener(dataset, key, at),
    )
    if pages > 1:
        st.session_state[at] = page, turns
        st.pagination(pages, default=page, key=box)


def _classes(manifest: Manifest) -> list[dict[str, str]]:
    labels = class_labels(manifest.classes, most=60)
    return [{"label": label, "shown": shown} for label, shown in labels.items()]


def _note(dataset: Dataset, key: str) -> dict[str, object]:
    """The result of the last change made in this gallery, and the name of the button that reverses it."""
    log = edits.log(dataset)
    if log.place != key:
        return {"said": "", "failed": False, "undo": ""}
    return {
        "said": printable(str(log.error) if log.error else log.message, 400),
        "failed": bool(log.error),
        "undo": ("Redo" if log.is_undo else "Undo") if log.version else "",
    }


def _item(dataset: Dataset, state: ExampleState, facts: DatasetFacts) -> Mapping[str, object]:
    """One picture for the browser, which shows every value as text."""
    example = state.example
    path = dataset.thumbnail(example.sha256)
    badges = (
        [{"text": "set aside", "kind": "", "title": "set aside"}] if not state.used and example.label else []
    )
    part = BADGES.get(facts.places.get(example.key))
    if part:
        badges.append({"text": part, "kind": "", "title": part})
    troubles = facts.troubles.get(example.key, ())
    if troubles:
        titles = "; ".join(facts.title(kind) for kind in troubles)
        badges.append({"text": "!", "kind": "problem", "title": printable(titles, 300)})
    return {
        "key": example.key,
        "src": _as_address(path),
        "label": example.label,
        "shown": printable(example.label, 100),
        "name": printable(example.name, 200),
        "used": state.used,
        "badges": badges,
    }


def _as_address(path: Path) -> str:
    """A thumbnail as a data address; "" when it is gone."""
    try:
        return "data:image/jpeg;base64," + base64.b64encode(path.read_bytes()).decode()
    except OSError:
        return ""


def _last_wish(key: str) -> list[object]:
    """Sender and number of the last wish that was carried out; a list that is changed in place."""
    last: dict[str, list[object]] = st.session_state.setdefault("heard", {})
    return last.setdefault(key, ["", 0])


def _listener(dataset: Dataset, key: str, page: str) -> Callable[[], None]:
    """A callback that carries out the browser's wishes before the page is drawn."""

    def listen() -> None:
        try:
            message = _WISHES.convert(sent(key, "act"))
        except MalformedJson:
            return  # not from our own script
        last = _last_wish(key)
        done = int(str(last[1])) if last[0] == message.sender else 0
        new = [wish for wish in message.wishes if wish.seq > done]
        if not new:
            return
        numbers = [wish.label for wish in new if wish.action == "page" and wish.label.isdecimal()]
        if numbers:
            turns = st.session_state.get(page, (1, 0))[1]
            # A new widget each time: Streamlit warns of one that has a default and is set as well.
            st.session_state[page] = max(1, int(numbers[-1][:6])), turns + 1
        carry_out_wishes(dataset, new, key)
        last[:] = [
            message.sender,
            new[-1].seq,
        ]  # at the end: if the script stops before, the browser asks again

    return listen


def carry_out_wishes(dataset: Dataset, wishes: Sequence[Wish], place: str) -> None:
    """Carry out wishes in order; successive changes become one version.

    Args:
        place: names the gallery, which shows the result.
    """
    changes: list[Edit] = []
    for wish in wishes:
        if wish.action == "undo":
            if changes:
                edits.carry_out(dataset, changes, place)
                changes = []
            if wish.label == "redo":
                edits.undo(dataset, edits.log(dataset).version, place)
            else:
                edits.undo_last(dataset, place)
        elif wish.action != "page":
            changes.append(_edit(wish))
    if changes:
        edits.carry_out(dataset, changes, place)


def _edit(wish: Wish) -> Edit:
    match wish.action:
        case "relabel":
            return Relabel(wish.keys, wish.label)
        case "exclude":
            return Exclude(wish.keys)
        case "restore":
            return Restore(wish.keys)
        case _:
            return MoveToSplit(wish.keys, SPLITS.get(wish.label))
