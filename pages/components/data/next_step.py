"""The way on from the Data page: train at once with the recommended settings, or change them first."""

from __future__ import annotations

from typing import Literal

import msgspec
import streamlit as st

from pages.components.data import table_import
from pages.components.shared.datasets import preparation
from pages.components.shared.runs.start_run import start
from pages.components.shared.text import show_error
from pages.components.tasks.tasks import VIEWS
from tlcore import config as configuration
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.defaults import with_defaults
from tlcore.data.manifest import Manifest
from tlcore.errors import GraftError

TRAIN_HELP = "With the recommended settings: the whole backbone stays frozen, and only the head learns."


def show(dataset: Dataset, manifest: Manifest) -> None:
    """The two buttons, side by side."""
    kind: Literal["primary", "secondary"] = "secondary" if table_import.is_open() else "primary"
    unready = bool(manifest.problem)
    with st.container(horizontal=True, width="content"):
        if st.button("Change settings first", icon=":material/tune:", disabled=unready):
            st.switch_page("pages/model.py", query_params={"data": dataset.id})
        train = st.button(
            "Train now", type=kind, icon=":material/play_arrow:", disabled=unready, help=TRAIN_HELP
        )
    if train:
        try:
            start(dataset, recommended_settings(dataset, manifest))
        except GraftError as error:
            show_error(error)


def recommended_settings(dataset: Dataset, manifest: Manifest) -> RunConfig:
    """The recommended settings for a data set, with the backbone that it was prepared for.

    Raises:
        GraftError: they do not fit it.
    """
    _, preset = next(iter(VIEWS[manifest.task].settings.presets.values()))
    wished = preparation.wished_settings(dataset, manifest)
    config = msgspec.structs.replace(
        preset, backbone=wished.backbone, input_size=wished.input_size, fit=wished.fit
    )
    return configuration.checked(with_defaults(config, manifest))
