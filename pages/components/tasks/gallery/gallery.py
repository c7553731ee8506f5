"""The gallery: a page of pictures that are selected and changed by pointer and by keyboard.

The browser's part (gallery.html, .css, draw.js, gallery.js) holds the selection. It sends wishes,
one batch at a time, and waits until it hears the number of the last one. Python checks each, makes one
version of a batch and says what came of it.
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
from pages.components.shared.datasets import edits
from pages.components.shared.datasets.facts import DatasetFacts
from pages.components.shared.datasets.split_names import SPLITS
from pages.components.shared.selection.labels import class_labels
from tlcore.data.dataset import Dataset
from tlcore.data.edits import Edit, ExampleState, Exclude, MoveToSplit, Relabel, Restore
from tlcore.data.manifest import Key, Manifest, SplitName
from tlcore.data.task_words import WORDS
from tlcore.errors import printable
from tlcore.records import JsonType, MalformedJson

PER_PAGE = 60
FIRST = 9  # classes that have a key
BADGES: dict[SplitName | None, str] = {"validation": "validation", "test": "test"}  # most are in training


class Wish(msgspec.Struct, frozen=True):
    """What the browser asks for. `label`: the class, the part ("": any), the page, or "redo"."""

    seq: int
    action: Literal["relabel", "exclude", "restore", "move", "page", "undo"]
    keys: tuple[Key, ...] = ()
    label: str = ""


class GalleryWishes(msgspec.Struct, frozen=True):
    """Wishes of one gallery in one tab; `sender` tells it from others."""

    sender: str = msgspec.field(name="from")
    wishes: tuple[Wish, ...]


_BATCH = JsonType(GalleryWishes)


_mount = st.components.v2.component(
    "graft_gallery",
    html=sources("tasks/gallery/gallery.html"),
    css=sources("browser/controls.css", "tasks/gallery/gallery.css"),
    js=sources("tasks/gallery/draw.js", "tasks/gallery/gallery.js"),
)


def show_gallery(
    dataset: Dataset,
    manifest: Manifest,
    known: DatasetFacts,
    shown: Sequence[ExampleState],
    key: str,
    choice: str = "",
) -> None:
    """The pictures in `shown`, a page at a time, to look at and to change.

    Args:
        key: names the gallery on its page.
        choice: names what is shown; another choice starts at its first page.
    """
    pages = max(1, math.ceil(len(shown) / PER_PAGE))
    at = f"{key}_{choice}_page"
    start, turns = st.session_state.get(at, (1, 0))
    box = f"{at}_{turns}"
    page = min(max(1, int(st.session_state.get(box, start))), pages)
    heard = _heard(key)
    told = edits.log(dataset)
    here = told.place == key
    said = str(told.error) if here and told.error else told.said if here else ""
    undo = ("Redo" if told.is_undo else "Undo") if here and told.version else ""
    _mount(
        key=key,
        data={
            "page": f"{choice} {page}",
            "turn": [page, pages],
            "items": [
                _item(dataset, state, known) for state in shown[(page - 1) * PER_PAGE : page * PER_PAGE]
            ],
            "classes": [
                {"label": label, "shown": shown}
                for label, shown in class_labels(manifest.classes, most=60).items()
            ],
            "first": FIRST,
            "many": WORDS[manifest.task].many,
            "said": printable(said, 400),
            "failed": bool(here and told.error),
            "undo": undo,
            "done": heard,
        },
        on_act_change=_listener(dataset, key, at),
    )
    if pages > 1:
        st.session_state[at] = page, turns
        st.pagination(pages, default=page, key=box)


def _item(dataset: Dataset, state: ExampleState, known: DatasetFacts) -> Mapping[str, object]:
    """One picture for the browser: everything that is shown is text."""
    example = state.example
    path = dataset.thumbnail(example.sha256)
    badges = (
        [{"text": "aside", "kind": "", "title": "laid aside"}] if not state.used and example.label else []
    )
    part = BADGES.get(known.places.get(example.key))
    if part:
        badges.append({"text": part, "kind": "", "title": part})
    troubles = known.troubles.get(example.key, ())
    if troubles:
        titles = "; ".join(known.title(kind) for kind in troubles)
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


def _heard(key: str) -> list[object]:
    """The sender and the number of the last wish that was carried out; a list to be changed in place."""
    heard: dict[str, list[object]] = st.session_state.setdefault("heard", {})
    return heard.setdefault(key, ["", 0])


def _listener(dataset: Dataset, key: str, page: str) -> Callable[[], None]:
    """What hears the browser's wishes, before the page is drawn."""

    def listen() -> None:
        try:
            batch = _BATCH.convert(st.session_state[key].get("act"))
        except MalformedJson:
            return  # not said by our own script: nothing to answer
        heard = _heard(key)
        last = int(str(heard[1])) if heard[0] == batch.sender else 0
        new = [wish for wish in batch.wishes if wish.seq > last]
        if not new:
            return
        turned = [wish.label for wish in new if wish.action == "page" and wish.label.isdecimal()]
        if turned:
            turns = st.session_state.get(page, (1, 0))[1]
            # Another widget each time, as Streamlit warns of one that has a default and is set besides.
            st.session_state[page] = max(1, int(turned[-1][:6])), turns + 1
        carry_out_wishes(dataset, new, key)
        heard[:] = [batch.sender, new[-1].seq]  # last: a script that was stopped before it is asked again

    return listen


def carry_out_wishes(dataset: Dataset, wishes: Sequence[Wish], place: str) -> None:
    """Carry wishes out in their order: changes that follow each other become one version.

    Args:
        place: names the gallery, where the outcome is told.
    """
    wanted: list[Edit] = []
    for wish in wishes:
        if wish.action == "undo":
            if wanted:
                edits.carry_out(dataset, wanted, place)
                wanted = []
            if wish.label == "redo":
                edits.undo(dataset, edits.log(dataset).version, place)
            else:
                edits.undo_last(dataset, place)
        elif wish.action != "page":
            wanted.append(_edit(wish))
    if wanted:
        edits.carry_out(dataset, wanted, place)


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
