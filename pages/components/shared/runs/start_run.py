"""Starting a run from a page: write its settings, submit it, and go to its page."""

from __future__ import annotations

import msgspec
import streamlit as st

from pages.components.shared.selection.selection import summary
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.runs.backend import BACKEND
from tlcore.runs.run import Run
from tlcore.workspace import Workspace, new_id


def start(dataset: Dataset, config: RunConfig, **address: str) -> None:
    """Start a new run on `dataset` and go to its page.

    Args:
        address: further parts of that page's address.

    Raises:
        GraftError: it cannot be written or started.
    """
    run = submit(dataset, config)
    st.switch_page("pages/train.py", query_params={"run": run.id, **address})


def submit(dataset: Dataset, config: RunConfig, id: str = "") -> Run:
    """Start a new run on `dataset`; its id may be given.

    Raises:
        GraftError: it cannot be written or started.
    """
    folder = Workspace().runs / (id or new_id(summary(dataset).name))
    run = Run.prepare(folder, msgspec.structs.replace(config, data=str(dataset.folder)))
    BACKEND.submit(run)
    return run
