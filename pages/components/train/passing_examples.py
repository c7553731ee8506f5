"""While the frozen part runs: the examples that have just passed it."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.selection.selection import manifest_of
from pages.components.tasks.tasks import VIEWS
from tlcore.errors import GraftError
from tlcore.runs.job import Status
from tlcore.runs.run import Run

SHOWN = 8


def show(run: Run, status: Status) -> None:
    """The latest examples; nothing in any other stage, where the data are gone, or where what is counted are
    not the examples in their order: then some are left out, or there are views of them.
    """
    if status.stage != "features" or not status.done:
        return
    dataset = run.dataset()
    try:
        manifest = manifest_of(dataset, run.config().data_version)
    except GraftError:
        return
    if status.total != len(manifest.examples):
        return
    small = VIEWS[manifest.task].data.viewer.small
    examples = manifest.examples[max(0, status.done - SHOWN) : status.done]
    with st.grid(SHOWN, min_column_width=80, gap="small"):
        for example in examples:
            small(dataset, example.sha256)
