"""The upload box: a folder, a ZIP or TAR file, a table, or loose pictures become ONE file in the workspace.

A folder's pictures are shrunk to a longest side and zipped in the browser (upload_worker.js, upload_zip.js),
then posted by upload.js to the route of `upload_route`; Python hears only the id of what arrived.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.components import upload_route
from tlcore.data.names import clean_text

SIDES = (512, 1024, 2048, 0)  # longest side in pixels; 0: send pictures as they are
LONGEST_NAME = 200  # characters kept of a name from the browser
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Received:
    """One upload on disk.

    Attributes:
        path: the file in the workspace's uploads folder; whoever takes it deletes it.
        name: what the person chose, for showing as text: "flowers.zip" for a folder "flowers".
        sent: files inside that the browser sent; 1 for an archive or a table, which are not opened there.
        shrunk_to: longest side in pixels that larger pictures were shrunk to; None: not shrunk.
        could_not_read: names that the browser could not read from the disk (a thousand at most).
    """

    path: Path
    name: str
    sent: int
    shrunk_to: int | None
    could_not_read: tuple[str, ...] = ()


def _text(*names: str) -> str:
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)


_mount = st.components.v2.component(
    "graft_upload",
    html=_text("upload.html"),
    css=_text("upload.css"),
    js=_text("upload_zip.js", "upload.js"),
)


def upload_box(key: str, *, longest_side: int = 1024) -> Received | None:
    """Show the upload box; each upload is returned once, in the run that it causes.

    Args:
        key: names the box on its page; the element has the class `st-key-{key}`.
        longest_side: the preselected size in pixels that pictures are shrunk to; 0: not at all.
    """
    token_key = f"{key}.token"

    def renew() -> None:
        # Runs before the page does, so that this very run hands the box a fresh token.
        st.session_state[token_key] = upload_route.mint()

    if token_key not in st.session_state:
        renew()
    sides = SIDES if longest_side in SIDES else (longest_side, *SIDES)
    result = _mount(
        key=key,
        data={
            "url": upload_route.PATH,
            "worker": upload_route.WORKER,
            "token": st.session_state[token_key],
            "limit": upload_route.limit(),
            "side": longest_side,
            "sides": sides,
            "tables": upload_route.TABLES,
        },
        on_arrived_change=renew,
    )
    return received(result.arrived) if result.arrived else None


def received(told: object) -> Received | None:
    """The upload that the browser tells about, or None for one that is unknown or was taken already.

    The browser's word decides only what is shown; the file is the one that the route wrote.
    """
    if not isinstance(told, dict):
        return None
    path = upload_route.claim(str(told.get("id", "")))
    if path is None:
        return None
    lost = told.get("could_not_read")
    return Received(
        path=path,
        name=clean_text(str(told.get("name") or ""))[:LONGEST_NAME] or path.name,
        sent=_whole(told.get("count")),
        shrunk_to=_whole(told.get("shrunk_to")) or None,
        could_not_read=tuple(clean_text(str(name)) for name in lost) if isinstance(lost, list) else (),
    )


def _whole(value: object) -> int:
    """JSON numbers come as int or float; anything else counts as 0."""
    return max(0, int(value)) if isinstance(value, int | float) and math.isfinite(value) else 0
