"""The upload box: a folder, loose pictures, a ZIP or TAR file or a table become ONE file in the workspace.

Pictures are chosen, dropped or pasted, shrunk to a longest side and zipped in the browser (worker.js,
zip.js), then posted (send.js) to the route of `route.py`; Python hears only the id of what
arrived. The camera (`capture.py`) sends in the same way.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.components.browser.assets import sources
from pages.components.browser.upload import route
from tlcore.data.names import clean_text

SIDES = (512, 1024, 2048, 0)  # longest side in pixels; 0: send pictures as they are
LONGEST_NAME = 200  # characters kept of a name from the browser


@dataclass(frozen=True)
class UploadKind:
    """What an upload box asks for.

    Attributes:
        lead: what to do, in a few words; `hint` says more.
        ways: "pictures" (a folder or loose ones), "archive", "table": what may be chosen.
        first: the button that stands out: "folder", "loose" or "table".
    """

    lead: str
    hint: str
    ways: tuple[str, ...]
    first: str


ANYTHING = UploadKind(
    "Drop or paste pictures, a folder of them, or a table of texts here",
    "Pictures: one folder inside it for each class, or a ZIP or TAR file of the same. "
    "Texts: CSV, JSON Lines, Excel and more.",
    ("pictures", "archive", "table"),
    "folder",
)
FOLDERS = UploadKind(
    "Drop a folder of pictures here",
    "One folder inside it for each class, or a ZIP or TAR file of the same.",
    ("pictures", "archive"),
    "folder",
)
LOOSE = UploadKind(
    "Drop pictures here, or paste them",
    "All of them go into this class, also those of a folder, or of a ZIP or TAR file.",
    ("pictures", "archive"),
    "loose",
)
TABLE = UploadKind("Drop a table of texts here", "CSV, JSON Lines, Excel and more.", ("table",), "table")


@dataclass(frozen=True)
class Received:
    """One upload on disk.

    Attributes:
        path: the file in the workspace's uploads folder; whoever takes it deletes it.
        name: what the person chose, for showing as text: "flowers.zip" for a folder "flowers".
        sent: files inside that the browser sent; 1 for an archive or a table, which are not opened there.
        shrunk_to: longest side in pixels that larger pictures were shrunk to; None: not shrunk.
        could_not_read: names that the browser could not read from the disk (a thousand at most).
        label: the class that the box asked for when this was sent; "" for none.
    """

    path: Path
    name: str
    sent: int
    shrunk_to: int | None
    could_not_read: tuple[str, ...] = ()
    label: str = ""


_mount = st.components.v2.component(
    "graft_upload",
    html=sources("browser/upload/upload.html"),
    css=sources("browser/upload/upload.css"),
    js=sources("browser/upload/zip.js", "browser/upload/send.js", "browser/upload/upload.js"),
)


def upload_box(
    key: str, *, longest_side: int = 1024, kind: UploadKind = ANYTHING, label: str = ""
) -> Received | None:
    """Show the upload box; each upload is returned once, in the run that it causes.

    Args:
        key: names the box on its page; the element has the class `st-key-{key}`.
        longest_side: the preselected size in pixels that pictures are shrunk to; 0: not at all.
        kind: what it asks for.
        label: the class that it asks for, which comes back with what arrives.
    """
    way, renew = upload_target(key)
    sides = SIDES if longest_side in SIDES else (longest_side, *SIDES)
    result = _mount(
        key=key,
        data={
            **way,
            "side": longest_side,
            "sides": sides,
            "tables": route.TABLES,
            "lead": kind.lead,
            "hint": kind.hint,
            "ways": kind.ways,
            "first": kind.first,
            "label": label,
        },
        on_arrived_change=renew,
    )
    return claim_upload(result.arrived) if result.arrived else None


def upload_target(key: str) -> tuple[dict[str, object], Callable[[], None]]:
    """What a component with that key needs to send files, and what to call when one has arrived."""
    token_key = f"{key}.token"

    def renew() -> None:
        # Runs before the page does, so that this very run hands the box a fresh token.
        st.session_state[token_key] = route.mint()

    if token_key not in st.session_state:
        renew()
    way = {"url": route.PATH, "worker": route.WORKER, "limit": route.limit()}
    return {**way, "token": st.session_state[token_key]}, renew


def claim_upload(told: object) -> Received | None:
    """The upload that the browser tells about, or None for one that is unknown or was taken already.

    The browser's word decides only what is shown; the file is the one that the route wrote.
    """
    if not isinstance(told, dict):
        return None
    path = route.claim(str(told.get("id", "")))
    if path is None:
        return None
    lost = told.get("could_not_read")
    return Received(
        path=path,
        name=clean_text(str(told.get("name") or ""))[:LONGEST_NAME] or path.name,
        sent=_whole(told.get("count")),
        shrunk_to=_whole(told.get("shrunk_to")) or None,
        could_not_read=tuple(clean_text(str(name)) for name in lost) if isinstance(lost, list) else (),
        label=clean_text(str(told.get("label") or "")),
    )


def _whole(value: object) -> int:
    """JSON numbers come as int or float; anything else counts as 0."""
    return max(0, int(value)) if isinstance(value, int | float) and math.isfinite(value) else 0
