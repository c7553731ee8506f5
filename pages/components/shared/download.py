"""A button that downloads a file which is packed once somebody presses it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from tlcore.workspace import slug
from tlcore.workspace.home import at_this_home


def download_file(
    label: str, pack: Callable[[], Path], name: str, suffix: str = ".zip", **options: Any
) -> None:
    """The button.

    Args:
        pack: makes the file.
        name: of the download without suffix, in any letters.
        options: more options of `st.download_button`, such as its key.
    """
    st.download_button(
        label,
        data=at_this_home(lambda: pack().open("rb")),
        file_name=f"{slug(name, 'model', 100)}{suffix}",
        mime="application/zip" if suffix == ".zip" else "application/octet-stream",
        on_click="ignore",
        **{"icon": ":material/download:"} | options,
    )
