"""The upload box: a folder, loose pictures, a ZIP or TAR file or a table become ONE file in the workspace.

The browser shrinks and zips the pictures (worker.js, zip.js), then posts the file (send.js) to the route of
`route.py`. Python receives only the id of the upload. The camera (`capture.py`) sends in the same way.
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
LONGEST_NAME = 200  # characters of a name from the browser


@dataclass(frozen=True)
class UploadKind:
    """A kind of upload box.

    Attributes:
        lead: the instruction in a few words; `hint` says more.
        ways: the accepted kinds: "pictures" (a folder or loose ones), "archive", "table".
        first: the primary button: "folder", "loose" or "table"; "": none.
        files: the endings of a single file that is sent as it is; `choose`: the button for it.
        wrong: what any other file is not; "": others are taken, too.
    """

    lead: str
    hint: str
    ways: tuple[str, ...]
    first: str
    files: tuple[str, ...] = route.TABLES
    choose: str = "Choose a table"
    wrong: str = ""


ANYTHING = UploadKind(
    "Drop or paste pictures, a folder of them, or a table of texts here",
    "Pictures: a folder with one subfolder per class, or a ZIP or TAR file of it. "
    "Texts: CSV, JSON Lines, Excel and more.",
    ("pictures", "archive", "table"),
    "folder",
)
FOLDERS = UploadKind(
    "Drop a folder of pictures here",
    "It needs one subfolder per class. You can also use a ZIP or TAR file of it.",
    ("pictures", "archive"),
    "folder",
)
LOOSE = UploadKind(
    "Drop pictures here, or paste them",
    "All of them go into this class, including those in a folder, a ZIP or a TAR file.",
    ("pictures", "archive"),
    "loose",
)
TABLE = UploadKind("Drop a table of texts here", "CSV, JSON Lines, Excel and more.", ("table",), "table")


@dataclass(frozen=True)
class Received:
    """One upload on disk.

    Attributes:
        path: the file in the workspace's uploads folder; its user deletes it.
        name: the name to show, as text: "flowers.zip" for a folder "flowers".
        sent: the number of files inside; 1 for an archive or a table, which the browser does not open.
        shrunk_to: the longest side in pixels of shrunk pictures; None: not shrunk.
        could_not_read: names that the browser could not read from the disk (a thousand at most).
        label: the class of the box when this was sent; "" for none.
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
    key: str,
    *,
    longest_side: int = 1024,
    kind: UploadKind = ANYTHING,
    label: str = "",
    is_small: bool = False,
) -> Received | None:
    """Show the upload box; returns each upload once, in the run of the script that it causes.

    Args:
        key: names the box on its page; the element has the class `st-key-{key}`.
        longest_side: the preselected longest side in pixels for shrinking; 0: no shrinking.
        kind: the kind of box.
        label: the class of the box, which comes back with the upload.
        is_small: only one line, for what was used already and is not what the page is about now.
    """
    way, renew = upload_target(key)
    sides = SIDES if longest_side in SIDES else (longest_side, *SIDES)
    result = _mount(
        key=key,
        data={
            **way,
            "side": longest_side,
            "sides": sides,
            "tables": kind.files,
            "choose": kind.choose,
            "wrong": kind.wrong,
            "lead": kind.lead,
            "hint": kind.hint,
            "ways": kind.ways,
            "first": kind.first,
            "label": label,
            "small": is_small,
        },
        on_arrived_change=renew,
    )
    return claim_upload(result.arrived) if result.arrived else None


def upload_target(key: str) -> tuple[dict[str, object], Callable[[], None]]:
    """The data that a component with that key needs to send files, and a callback for each upload."""
    token_key = f"{key}.token"

    def renew() -> None:
        # Runs before the page, so that this run already gives the box a new token.
        st.session_state[token_key] = route.mint()

    if token_key not in st.session_state:
        renew()
    way = {"url": route.PATH, "worker": route.WORKER, "limit": route.limit()}
    return {**way, "token": st.session_state[token_key]}, renew


def claim_upload(message: object) -> Received | None:
    """The upload in the browser's message; None if it is unknown or was claimed before.

    The message decides only what is shown; the file is the one that the route wrote.
    """
    if not isinstance(message, dict):
        return None
    path = route.claim(str(message.get("id", "")))
    if path is None:
        return None
    lost = message.get("could_not_read")
    return Received(
        path=path,
        name=clean_text(str(message.get("name") or ""))[:LONGEST_NAME] or path.name,
        sent=_whole(message.get("count")),
        shrunk_to=_whole(message.get("shrunk_to")) or None,
        could_not_read=tuple(clean_text(str(name)) for name in lost) if isinstance(lost, list) else (),
        label=clean_text(str(message.get("label") or "")),
    )


def _whole(value: object) -> int:
    """JSON numbers come as int or float; anything else counts as 0."""
    return max(0, int(value)) if isinstance(value, int | float) and math.isfinite(value) else 0
