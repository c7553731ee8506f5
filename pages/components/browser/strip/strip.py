"""A strip of examples with marks, thumbnails or the beginnings of texts (strip.html, .css, .js)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec
import streamlit as st

from pages.components.browser.assets import sources
from pages.components.browser.messages import sent
from pages.components.shared.viewers.viewer import ExamplePreviews
from tlcore.records import JsonType, MalformedJson

Outcome = Literal["", "right", "wrong"]  # of asking the model about an example

_mount = st.components.v2.component(
    "graft_strip",
    html=sources("browser/strip/strip.html"),
    css=sources("browser/controls.css", "browser/strip/strip.css"),
    js=sources("browser/strip/strip.js"),
)


class Pick(msgspec.Struct, frozen=True):
    """Message of the browser: the place of an example on the strip, and the name of the strip."""

    at: int
    of: str


_PICK = JsonType(Pick)


def strip(
    previews: ExamplePreviews,
    names: Sequence[str],
    marks: Sequence[Outcome],
    chosen: int = -1,
    on_pick: Callable[[int], None] | None = None,
    *,
    key: str,
    of: str = "",
) -> None:
    """Show the examples side by side.

    Args:
        names: of each example, for people who hear the page.
        chosen: the place of the one that is shown; -1: none is.
        on_pick: called with a place when it is clicked, before the page is drawn; None: they are only seen.
        key: the element has the class `st-key-{key}`.
        of: names these examples; a click on others, from an older page, counts for nothing.
    """

    _mount(
        key=key,
        data={
            "sheet": {"address": previews.sheet, "count": len(names)},
            "across": previews.across,
            "texts": previews.texts,
            "names": names,
            "marks": marks,
            "chosen": chosen,
            "of": of,
            "can_pick": on_pick is not None,
        },
        on_pick_change=_listener(key, of, len(names), on_pick) if on_pick else lambda: None,
    )


def _listener(key: str, of: str, count: int, on_pick: Callable[[int], None]) -> Callable[[], None]:
    """A listener that calls `on_pick` for a click on one of the `count` examples called `of`."""

    def listen() -> None:
        try:
            pick = _PICK.convert(sent(key, "pick"))
        except MalformedJson:
            return  # not sent by our own script
        if pick.of == of and 0 <= pick.at < count:
            on_pick(pick.at)

    return listen
