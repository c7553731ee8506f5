"""Class cards: one for each class, with one camera for all; their pictures arrive as one upload.

The browser holds the pictures until they are sent (cards.js), with a folder for each class.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.components.browser.assets import sources
from pages.components.browser.upload.upload import Received, claim_upload, upload_target
from tlcore.data.manifest import SPLIT_NAMES
from tlcore.data.splits import FEWEST

_mount = st.components.v2.component(
    "graft_cards",
    html=sources("browser/camera/cards.html"),
    css=sources("browser/upload/upload.css", "browser/camera/capture.css", "browser/camera/cards.css"),
    js=sources(
        "browser/upload/zip.js",
        "browser/upload/send.js",
        "browser/camera/camera.js",
        "browser/camera/shots.js",
        "browser/camera/cards.js",
    ),
)


def cards_box(key: str, counts: Mapping[str, int]) -> Received | None:
    """Show the cards; returns what they send once, in the run of the script that this causes.

    Args:
        key: names the box on its page; the element has the class `st-key-{key}`.
        counts: number of stored pictures by class; without any there are two cards for new classes.
    """
    way, renew = upload_target(key)
    cards = [{"label": label, "count": count} for label, count in counts.items()]
    data = {**way, "cards": cards, "fewest": FEWEST, "reserved": list(SPLIT_NAMES)}
    result = _mount(key=key, data=data, on_arrived_change=renew)
    return claim_upload(result.arrived) if result.arrived else None
