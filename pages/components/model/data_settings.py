"""The Data box: what is trained on, what is held out, and what each class counts."""

from __future__ import annotations

from collections import Counter

import msgspec
import pandas as pd
import streamlit as st

from pages.components.shared.selection.setting_controls import SettingControls
from pages.components.shared.text import escape_formulas
from tlcore.config import RunConfig
from tlcore.config.split import SplitConfig
from tlcore.data.class_weights import class_weights
from tlcore.data.examples.rows import are_placed
from tlcore.data.examples.summary import label_counts
from tlcore.data.manifest import Manifest
from tlcore.data.splits import assign
from tlcore.data.task_settings import is_used
from tlcore.errors import printable


def choose(controls: SettingControls, config: RunConfig, manifest: Manifest) -> RunConfig:
    """The configuration with split, seed and class weights."""
    split = _split(controls, config, manifest)
    places = assign(manifest, split)
    sizes = Counter(places)
    st.caption(
        f"{sizes['train']:,} {controls.words.many} to train on, {sizes['validation']:,} for validation, "
        f"{sizes['test']:,} for the test."
    )
    if not is_used("training.class_weights", config, manifest.task):
        return msgspec.structs.replace(config, split=split, seed=split.seed)
    trained = label_counts(manifest.examples, are_placed(places, "train"))
    counts = [trained[label] for label in manifest.classes]
    weighted = _class_weights(controls, config.training.class_weights != "none", manifest, counts)
    training = msgspec.structs.replace(config.training, class_weights="auto" if weighted else "none")
    return msgspec.structs.replace(config, split=split, training=training, seed=split.seed)


def _split(controls: SettingControls, config: RunConfig, manifest: Manifest) -> SplitConfig:
    default = config.split
    came = sorted(manifest.brought_splits())
    note = f"These came with: {', '.join(came)}." if came else "These came without."
    brought = controls.toggle("split.brought", "brought", default.brought, note, disabled=not came)
    fixed = [name for name in ("validation", "test") if brought and name in came]
    first, second = st.columns(2)
    validation = controls.slider(
        "split.validation", "validation", default.validation, first, disabled="validation" in fixed
    )
    test = controls.slider("split.test", "test", default.test, second, disabled="test" in fixed)
    if fixed:
        parts = "part" if len(fixed) == 1 else "parts"
        st.caption(f"The {' and '.join(fixed)} {parts} came with the data, so no share is drawn.")
    first, second = st.columns(2)
    most = controls.number("split.most_per_class", "most", default.most_per_class, first, placeholder="All")
    seed = controls.number("seed", "seed", default.seed, second)
    grouped = controls.toggle("split.grouped", "grouped", default.grouped)
    return SplitConfig(
        validation=validation, test=test, seed=seed, most_per_class=most, grouped=grouped, brought=brought
    )


def _class_weights(controls: SettingControls, default: bool, manifest: Manifest, counts: list[int]) -> bool:
    """True where rarer classes count more. Shows what each counts where they are uneven.

    Args:
        counts: training examples of each class.
    """
    weights = class_weights(counts)
    if weights is None:
        st.caption(f"Your classes are balanced: every training {controls.words.one} counts the same.")
        return default
    weighted = controls.toggle("training.class_weights", "class_weights", default)
    training_column = f"Training {controls.words.many}"
    table = pd.DataFrame(
        {
            "Class": [printable(label) for label in manifest.classes],
            training_column: counts,
            "Each counts": [weight if weighted else 1.0 for weight in weights],
        }
    )
    st.dataframe(
        escape_formulas(table),
        column_config={
            "Class": st.column_config.TextColumn(width=150),  # narrow: all three fit a phone
            training_column: st.column_config.NumberColumn(width=95),
            "Each counts": st.column_config.NumberColumn(width=80, format="%.2f"),
        },
        hide_index=True,
        height="auto" if len(counts) <= 8 else 300,
    )
    return weighted
