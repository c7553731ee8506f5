"""Model: a backbone, what of it to freeze, a head; what it will cost; one button that starts it."""

from __future__ import annotations

import shlex

import msgspec
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.model import cost_panel, run_settings
from pages.components.model.backbone_picker import pick_backbone
from pages.components.shared.runs.start_run import start
from pages.components.shared.selection.selection import choose_dataset_or_link, manifest_of
from pages.components.shared.text import page_header, plain, show_error
from pages.components.shared.trash import notices, unreadable
from pages.components.tasks.protocol import Later
from pages.components.tasks.tasks import VIEWS
from tlcore import config as configuration
from tlcore.backbones.catalogue import catalogue
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.defaults import with_defaults
from tlcore.data.manifest import Manifest
from tlcore.errors import GraftError
from tlcore.plan import plan
from tlcore.workspace import Workspace

PURPOSE = "Choose what to build on, what to keep frozen and how large the new part is. The defaults are good."
EXPLANATION = """
The **backbone** is a network that was trained on a million photos, or on billions of words. The **head** is
the small new part that learns your classes. **Frozen** blocks keep what they know; they are run once per
example and never again, so training takes seconds. **Unfreezing** the last ones lets them adapt to your data:
slower, often better when yours are unlike what the backbone has seen.

Training then has two phases. First the head learns alone, on what the frozen backbone says. Then the unfrozen
blocks go on together with it, in small steps, so that they adapt without forgetting.
"""


def main() -> None:
    """The page."""
    page_header("Model", PURPOSE, EXPLANATION, label="What do these words mean?")
    notices.above("model")
    dataset = choose_dataset_or_link()
    if dataset is None:
        return
    try:
        manifest = manifest_of(dataset)
    except GraftError as error:
        unreadable.show_failure(dataset.folder, error)
        return
    try:
        if manifest.version > 1:
            st.caption(f"Its version {manifest.version}: {plain(manifest.change)}.")
        _choose_and_start(dataset, manifest)
    except GraftError as error:
        show_error(error)


def _choose_and_start(dataset: Dataset, manifest: Manifest) -> None:
    config, panel, drawn = _configure(manifest)
    try:
        config = configuration.checked(with_defaults(config, manifest))
        cost = plan(config, manifest, Workspace())
    except GraftError as error:
        show_error(error, panel)
        return
    with panel:
        cost_panel.show(config, cost, manifest)
        _as_command(dataset, config)
    for later in drawn:
        later(config, cost, dataset, manifest)
    # Always in view, also on a phone and while the picture is cut somewhere else.
    with st.bottom, st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(cost_panel.in_short(cost), width="stretch")
        if st.button("Train", type="primary", icon=":material/play_arrow:", key="train"):
            start(dataset, config)


def _configure(manifest: Manifest) -> tuple[RunConfig, DeltaGenerator, list[Later]]:
    """What was chosen, the place for what it takes, and what draws once that is known.

    Boxes stand in the order of the flow, what it takes beside what decides about it most.
    """
    task = manifest.task
    name = run_settings.preset(task)
    _, config = VIEWS[task].presets[name]
    with _box("Backbone"):
        left, right = st.columns([4, 3], gap="medium")
        with left:
            config = msgspec.structs.replace(config, backbone=pick_backbone(task, name, config.backbone))
        backbone = catalogue.get(config.backbone)
        with right:
            config = VIEWS[task].input_settings(name, config, backbone)
    left, right = st.columns([4, 3])
    with left, _box("Freezing"):
        config, picture = run_settings.freezing(name, config, backbone)
    with right:
        panel = _box("What it takes")
    left, right = st.columns(2)
    with left, _box("Head"):
        config, finder = run_settings.head(name, config, task)
    with right:
        config, own = VIEWS[task].own_settings(name, config, manifest)
        with _box("Data"):
            config = run_settings.data(name, config, manifest)
    return config, panel, [picture, finder, own]


def _box(title: str) -> DeltaGenerator:
    box = st.container(border=True)
    box.subheader(title, anchor=False)
    return box


def _as_command(dataset: Dataset, config: RunConfig) -> None:
    with st.popover("The same as a command", icon=":material/terminal:"):
        st.caption("Save these settings as config.json and type:")
        st.code(
            f"python -m tlcore train {shlex.quote(str(dataset.folder))} --out RUN --config config.json",
            language="bash",
            wrap_lines=True,
        )
        st.code(configuration.to_json(config).decode(), language="json")


main()
notices.below("model")
