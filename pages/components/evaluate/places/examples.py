"""The examples behind the test pictures of a run, and the way from one to the Predict page."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.components.shared.selection.selection import manifest_of
from tlcore.data.manifest import Example
from tlcore.errors import GraftError
from tlcore.runs.run import Run


def examples_of(run: Run) -> Mapping[str, Example]:
    """The examples of the version that it learned from, by content; none where the data are gone."""
    try:
        manifest = manifest_of(run.dataset(), run.config().data_version)
    except GraftError:
        return {}
    return {example.sha256: example for example in manifest.examples}


def warn_if_deleted(run: Run) -> None:
    """One message in the place of as many as there are pictures."""
    if not run.dataset().is_ready:
        st.warning(
            "The data set of this run is not here, so its pictures cannot be shown; the scores stay. If it "
            "was deleted, “Recently deleted” on the Data page brings it back for seven days.",
            icon=":material/hide_image:",
        )


def predict_link(run: Run, sha256: str) -> None:
    """A link that asks the model about the picture on the Predict page."""
    st.page_link(
        "pages/predict.py",
        label="Open on Predict",
        icon=":material/search:",
        query_params={"run": run.id, "example": sha256},
    )
