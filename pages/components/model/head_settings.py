"""The Head box: its size, and how it trains."""

from __future__ import annotations

import msgspec
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.model import training_settings
from pages.components.shared.selection.setting_controls import SettingControls
from tlcore.config import HEAD_RATE, HIDDEN, RunConfig
from tlcore.config.training import HeadConfig
from tlcore.data.manifest import Task
from tlcore.data.task_settings import is_used

OPEN = -1  # in the place of a number of layers
WIDTHS = (16, 32, 64, 96, 128, 256, 512, 1024)


def choose(controls: SettingControls, config: RunConfig, task: Task) -> tuple[RunConfig, DeltaGenerator]:
    """The configuration with its head and recipe, and the place for the rate finder of the head."""
    head = _shape(controls, config.head)
    counts_place = st.container()
    title = "How the head trains" if config.pretrained else "How the network trains"
    with st.expander(title, icon=training_settings.ICON):
        training, rate_place = training_settings.head_recipe(controls, config.training, HEAD_RATE)
    config = msgspec.structs.replace(config, head=head, training=training)
    if is_used("head.counts", config, task):
        with counts_place:
            counts = controls.toggle("head.counts", "counts", head.counts is not False)
        config = msgspec.structs.replace(config, head=msgspec.structs.replace(head, counts=counts))
    return config, rate_place


def _shape(controls: SettingControls, default: HeadConfig) -> HeadConfig:
    names = {OPEN: "Chosen for your data"} | {layers: str(layers) for layers in range(3)}
    first = OPEN if default.hidden is None else len(default.hidden)
    layers = controls.segment("head.hidden", "layers", names, first)
    widths = tuple(_width(controls, depth, default.hidden or HIDDEN) for depth in range(layers))
    dropout = controls.slider("head.dropout", "dropout", default.dropout)
    return HeadConfig(hidden=None if layers == OPEN else widths, dropout=dropout, counts=default.counts)


def _width(controls: SettingControls, depth: int, default: tuple[int, ...]) -> int:
    return st.select_slider(
        "Size of the hidden layer" if depth == 0 else "Size of the second layer",
        WIDTHS,
        default[depth] if depth < len(default) else (128, 64)[depth],
        key=f"width_{controls.suffix}_{depth}",
        persist_state="session",
        help="More can tell finer differences, and can learn a small data set by heart.",
    )
