"""The Freezing box: the slider of unfrozen blocks, pretrained weights or not, and how those blocks train."""

from __future__ import annotations

import msgspec
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.model import training_settings
from pages.components.shared.selection.setting_controls import SettingControls
from tlcore.backbones.catalogue.entry import Backbone
from tlcore.config import RunConfig, Unfreeze, resolved


def slider_key(backbone: Backbone) -> str:
    """The session key of the slider, which a click on the picture moves too."""
    return f"blocks_{backbone.id}"


def choose(
    controls: SettingControls, config: RunConfig, backbone: Backbone
) -> tuple[RunConfig, DeltaGenerator | None]:
    """The configuration with what trains, and the place for the rate finder of fine-tuning, if it trains."""
    unfreeze = _slider(controls, backbone)
    recipe = st.container()
    pretrained = unfreeze != "all" or controls.toggle("pretrained", "pretrained", config.pretrained)
    tuning, rate_place = config.fine_tuning, None
    if unfreeze != 0 and pretrained:
        title = f"How the unfrozen {controls.words.block}s train"
        with recipe.expander(title, icon=training_settings.ICON):
            automatic = resolved(config, backbone.task).fine_tuning
            tuning, rate_place = training_settings.tuning_recipe(controls, tuning, automatic)
    config = msgspec.structs.replace(config, unfreeze=unfreeze, pretrained=pretrained, fine_tuning=tuning)
    return config, rate_place


def _slider(controls: SettingControls, backbone: Backbone) -> Unfreeze:
    """The number of blocks, from the end, that train with the head."""
    setting, words, total = controls.setting("unfreeze"), controls.words, len(backbone.blocks)
    count = st.slider(
        setting.label,
        0,
        total,
        key=slider_key(backbone),
        persist_state="session",
        help=f"{setting.help} Click a {words.block} in the picture to unfreeze it and all behind it.",
    )
    frozen = f"{total - count} of {total} {words.block}s frozen"
    if count == 0:
        st.caption(f"{frozen}. Only the head learns: the right start.")
    elif count < total:
        st.caption(
            f"{frozen}, run once for each {words.one}. First the head learns alone, then all that train."
        )
    else:
        st.caption(f"{frozen}: each {words.one} passes the whole network in every epoch. Slow without a GPU.")
    return "all" if count == total else count
