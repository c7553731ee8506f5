"""Starting a run from a page: write its settings, submit it, and go to its page."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
import streamlit as st

from pages.components.shared.selection.selection import summary
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.export.tracking import record
from tlcore.export.tracking.record import ToolName
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace, new_id


def start(dataset: Dataset, config: RunConfig, tools: Collection[ToolName] = (), /, **address: str) -> None:
    """Start a new run on `dataset` and go to its page.

    Args:
        tools: other programs that it is written for when it ends.
        address: further parts of that page's address.

    Raises:
        GraftError: it cannot be written or started.
    """
    run = submit(dataset, config, tools=tools)
    st.switch_page("pages/train.py", query_params={"run": run.id, **address})


def submit(dataset: Dataset, config: RunConfig, id: str = "", tools: Collection[ToolName] = ()) -> Run:
    """Start a new run on `dataset`; its id may be given, and `tools` as for `start`.

    Raises:
        GraftError: it cannot be written or started.
    """
    folder = Workspace().runs / (id or new_id(summary(dataset).name))
    run = Run.prepare(folder, msgspec.structs.replace(config, data=str(dataset.folder)))
    record.ask(run.folder, tools)
    BACKEND.submit(run)
    return run
