"""The camera: while a button is held it takes pictures of one class, which arrive like an upload.

The browser takes the pictures, shows them and sends them as ONE ZIP file (capture.js) to the route of
`upload/route.py`. Python receives only the id of the upload.
"""

from __future__ import annotations

import streamlit as st

from pages.components.browser.assets import sources
from pages.components.browser.upload.upload import Received, claim_upload, upload_target
from tlcore.errors import printable

_mount = st.components.v2.component(
    "graft_capture",
    html=sources("browser/camera/capture.html"),
    css=sources("browser/upload/upload.css", "browser/camera/capture.css"),
    js=sources(
        "browser/upload/zip.js",
        "browser/upload/send.js",
        "browser/camera/camera.js",
        "browser/camera/shots.js",
        "browser/camera/capture.js",
    ),
)


def capture_box(key: str, label: str) -> Received | None:
    """Show the camera; returns what it sends once, in the run of the script that this causes.

    Args:
        key: names the box on its page; the element has the class `st-key-{key}`.
        label: the class of the pictures, shown as text; it comes back with them.
    """
    way, renew = upload_target(key)
    data = {**way, "label": label, "shown": printable(label, 60)}
    result = _mount(key=key, data=data, on_arrived_change=renew)
    return claim_upload(result.arrived) if result.arrived else None
