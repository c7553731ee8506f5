"""The drawing board: a person draws and corrects boxes or areas, on one picture after the other.

The browser's part (drawing.html, .css, shapes.js, board.js, hand.js, drawing.js) holds what is drawn until it
is saved. Each wish has a number and comes again where no answer was heard. Python accepts or refuses what was
drawn as it does with a stranger's file, makes a version of it and returns the next picture.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Literal

import msgspec
import streamlit as st

from pages.components.browser.assets import sources
from pages.components.browser.messages import sent
from pages.components.shared.datasets import edits
from pages.components.shared.selection.keys import key_of
from pages.components.shared.viewers import annotated, overlay, safe_preview
from tlcore.data.annotations.annotation import BACKGROUND
from tlcore.data.annotations.drawing import DrawnShape, areas_edit, boxes_edit
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example, Key, Manifest, Task
from tlcore.data.task_words import WORDS
from tlcore.data.versions.annotation_edits import SetAreas, SetBoxes, annotation_digest
from tlcore.data.versions.edits import ChangeTask
from tlcore.errors import DataError, GraftError, printable
from tlcore.records import JsonType, MalformedJson
from tlcore.workspace.refusals import refusal

PURPOSES: dict[Task, tuple[str, str]] = {
    "detection": (":material/crop_free:", "finds where things are"),
    "segmentation": (":material/format_paint:", "says what each pixel belongs to"),
}
PNG = "data:image/png;base64,"
Way = Literal["stay", "previous", "next", "new", "close", "undo"]


class DrawingWish(msgspec.Struct, frozen=True):
    """One wish of the board: keep these shapes (None: there is nothing to keep), and go there.

    `sender` identifies the board of one tab; `seen` is the digest of what it was given.
    """

    sender: str = msgspec.field(name="from")
    seq: int
    key: Key
    seen: str
    to: Way
    shapes: tuple[DrawnShape, ...] | None = None


_WISH = JsonType(DrawingWish)
_SCRIPTS = ("shapes.js", "board.js", "hand.js", "drawing.js")
_mount = st.components.v2.component(
    "graft_drawing",
    html=sources("tasks/drawing/drawing.html"),
    css=sources("browser/controls.css", "browser/editor.css", "tasks/drawing/drawing.css"),
    js=sources(*(f"tasks/drawing/{name}" for name in _SCRIPTS)),
)


def open_board(dataset: Dataset, key: Key | None, among: tuple[Key, ...] = ()) -> None:
    """Show this picture on the board at the next run; None: the first one that nobody has annotated.

    Args:
        among: the pictures that are turned over, in their order; (): all.
    """
    place = board_place(dataset)
    st.session_state[f"{place}_among"] = among
    try:
        pictures = _pictures(dataset.read(), place)
    except GraftError as error:
        edits.refuse(dataset, place, error)
        return
    st.session_state[place] = key or _next_unannotated(pictures, -1)


def offer_drawing(dataset: Dataset, manifest: Manifest) -> None:
    """Buttons that make a pile of pictures, of which nobody has said anything, a data set to draw on."""
    if not manifest.aside or any(e.is_labelled for e in (*manifest.examples, *manifest.aside)):
        return
    with st.container(horizontal=True):
        for task, (icon, purpose) in PURPOSES.items():
            st.button(
                f"Draw {WORDS[task].marks} instead",
                icon=icon,
                key=f"{board_place(dataset)}_{task}",
                help=f"For a model that {purpose}. You can undo this while nothing is drawn.",
                on_click=_draw_instead,
                args=(dataset, task),
            )


def _draw_instead(dataset: Dataset, task: Task) -> None:
    edits.carry_out(dataset, [ChangeTask(task)], board_place(dataset))
    if edits.log(dataset).error is None:
        open_board(dataset, None)


def board_entry(dataset: Dataset, manifest: Manifest) -> None:
    """The way to the first picture of which nobody has said anything, and what the board has done."""
    edits.notice(dataset, board_place(dataset))
    unannotated = sum(not example.is_labelled for example in manifest.aside)
    if unannotated:
        st.button(
            f"Draw {WORDS[manifest.task].marks} on {WORDS[manifest.task].counted(unannotated)}",
            icon=":material/draw:",
            key=f"{board_place(dataset)}_entry",
            on_click=open_board,
            args=(dataset, None),
        )


def show_board(dataset: Dataset, manifest: Manifest) -> bool:
    """The board with the picture that was opened; False where none is open."""
    place = board_place(dataset)
    pictures = _pictures(manifest, place)
    at = _position(pictures, st.session_state.get(place))
    if at is None:
        return False
    _mount(
        key=f"{place}_board",
        data=_board_data(dataset, manifest, pictures, at) | _note(dataset, place),
        on_act_change=_listener(dataset, place),
    )
    return True


def board_place(dataset: Dataset) -> str:
    """The name of the board as a control: of its notices, and of the picture that is open."""
    return key_of("drawing", dataset.id)


def _pictures(manifest: Manifest, place: str) -> list[Example]:
    """The pictures in the order in which they are turned over: those that were chosen, or all."""
    every = {example.key: example for example in (*manifest.examples, *manifest.aside)}
    chosen = [every[key] for key in st.session_state.get(f"{place}_among", ()) if key in every]
    return chosen or sorted(every.values(), key=lambda example: (example.name, example.sha256))


def _position(pictures: list[Example], key: Key | None) -> int | None:
    return next((at for at, example in enumerate(pictures) if example.key == key), None)


def _next_unannotated(pictures: list[Example], at: int) -> Key | None:
    """The next picture behind this one, and from the first one on, that nobody has annotated."""
    ahead = (*pictures[at + 1 :], *pictures[: at + 1])
    return next((example.key for example in ahead if not example.is_labelled), None)


def _board_data(dataset: Dataset, manifest: Manifest, pictures: list[Example], at: int) -> dict[str, object]:
    """One picture for the browser, which shows every value as text."""
    example = pictures[at]
    return {
        "key": example.key,
        "name": printable(example.name, 200),
        "place": f"{at + 1:,} of {len(pictures):,}",
        "src": _source(dataset, example),
        "veils": _veils(dataset, manifest, example),
        "size": (example.width, example.height),
        "shapes": [{"label": b.label, "at": (b.left, b.top, b.right, b.bottom)} for b in example.boxes or ()],
        "outlines": _has_areas(manifest),
        "many": WORDS[manifest.task].marks,
        "classes": manifest.classes or ((BACKGROUND,) if _has_areas(manifest) else ()),
        "colours": overlay.COLOURS,
        "seen": annotation_digest(example),
        "annotated": example.is_labelled,
        "unannotated": sum(not picture.is_labelled for picture in pictures if picture is not example),
    }


def _source(dataset: Dataset, example: Example) -> str:
    """The safe preview of a picture as a data address; "" where it is gone."""
    try:
        picture = safe_preview.large(dataset.file(example.sha256).read_bytes())
    except OSError:
        return ""
    if picture.refused:
        return ""
    return "data:image/jpeg;base64," + base64.b64encode(picture.encoded).decode()


def _has_areas(manifest: Manifest) -> bool:
    return manifest.task == "segmentation"


def _veils(dataset: Dataset, manifest: Manifest, example: Example) -> list[dict[str, str]]:
    """The areas that a picture has, each class as a picture to lay over it; the background is left out."""
    if not example.mask:
        return []
    try:
        numbers = annotated.small_map(dataset, example)
    except OSError:
        return []
    background = annotated.background_of(manifest.classes)
    shown = [number for number in range(len(manifest.classes)) if number != background]
    return [
        {"label": manifest.classes[number], "src": PNG + base64.b64encode(veil).decode()}
        for number in shown
        if (veil := overlay.veil(numbers, number))
    ]


def _note(dataset: Dataset, place: str) -> dict[str, object]:
    """The last wish that was carried out, its result, and the name of the button that reverses it."""
    log = edits.log(dataset)
    note: dict[str, object] = {"done": _last_wish(place), "said": "", "failed": False, "undo": ""}
    if log.place == place:
        said = printable(str(log.error) if log.error else log.message, 400)
        undo = ("Redo" if log.is_undo else "Undo") if log.version else ""
        note |= {"said": said, "failed": bool(log.error), "undo": undo}
    return note


def _last_wish(place: str) -> list[object]:
    """Sender and number of the last wish that was carried out; a list that is changed in place."""
    last: list[object] = st.session_state.setdefault(f"{place}_done", ["", 0])
    return last


def _listener(dataset: Dataset, place: str) -> Callable[[], None]:
    """A callback that carries out the board's wish before the page is drawn."""

    def listen() -> None:
        if (act := sent(f"{place}_board", "act")) is None:
            return
        try:
            wish = _WISH.convert(act)
        except MalformedJson:
            edits.refuse(
                dataset, place, DataError("What the browser sent cannot be read.", remedy="Draw it again.")
            )
            return
        last = _last_wish(place)
        if last[0] == wish.sender and wish.seq <= int(str(last[1])):
            return
        carry_out_wish(dataset, wish, place)
        last[:] = [wish.sender, wish.seq]

    return listen


def carry_out_wish(dataset: Dataset, wish: DrawingWish, place: str) -> None:
    """Keep what was drawn as a version, and open the picture that is asked for; not where it was refused."""
    if wish.shapes is not None and not _keep(dataset, wish, place):
        return
    log = edits.log(dataset)
    if wish.to == "undo":
        if log.is_undo:
            edits.undo(dataset, log.version, place)
        else:
            edits.undo_last(dataset, place)
        return
    if log.error:  # of something that was tried before, and given up
        log.place = ""
    try:
        pictures = _pictures(dataset.read(), place)
    except GraftError as error:
        edits.refuse(dataset, place, error)
        return
    st.session_state[place] = _goal(pictures, wish)


def _keep(dataset: Dataset, wish: DrawingWish, place: str) -> bool:
    try:
        edit = _edit(dataset, wish, wish.shapes or ())
        stored = dataset.file(edit.mask).read_bytes() if isinstance(edit, SetAreas) else b""
        edits.carry_out(dataset, [edit], place)
        is_kept = edits.log(dataset).error is None
        if is_kept and isinstance(edit, SetAreas):  # an addition may have swept it up meanwhile
            dataset.store(edit.mask, stored)
    except (GraftError, OSError) as error:
        edits.refuse(dataset, place, error if isinstance(error, GraftError) else refusal(error))
        return False
    return is_kept


def _edit(dataset: Dataset, wish: DrawingWish, shapes: tuple[DrawnShape, ...]) -> SetBoxes | SetAreas:
    manifest = dataset.read()
    if _has_areas(manifest):
        return areas_edit(dataset, manifest, wish.key, shapes, wish.seen)
    return boxes_edit(manifest, wish.key, shapes, wish.seen)


def _goal(pictures: list[Example], wish: DrawingWish) -> Key | None:
    """The picture to open; None: the board is closed."""
    at = _position(pictures, wish.key)
    if wish.to == "close" or at is None:
        return None
    if wish.to == "new":
        return _next_unannotated(pictures, at) or wish.key
    step = {"previous": -1, "next": 1}.get(wish.to, 0)
    return pictures[(at + step) % len(pictures)].key
