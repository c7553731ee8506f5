"""Model: choose a backbone, what to freeze and a head; see what it takes; start it with one button."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

import msgspec
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.model import (
    cost_panel,
    data_settings,
    freeze_slider,
    head_settings,
    lr_finder,
    model_address,
    network_diagram,
    tracking_switches,
)
from pages.components.model.backbone_picker import PickerPlaces, pick_backbone
from pages.components.model.lr_finder import TunedPhase
from pages.components.model.training_settings import rate_key
from pages.components.shared import step_code
from pages.components.shared.datasets import preparation
from pages.components.shared.runs.start_run import start
from pages.components.shared.selection import addresses
from pages.components.shared.selection.chooser import choose_segment
from pages.components.shared.selection.selection import choose_dataset, manifest_of, show_no_data
from pages.components.shared.selection.setting_controls import SettingControls
from pages.components.shared.text import page_header, plain, show_error
from pages.components.shared.trash import notices, unreadable
from pages.components.tasks.protocol import TaskSettings
from pages.components.tasks.tasks import VIEWS
from tlcore import config as configuration
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.entry import Backbone
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.defaults import with_defaults
from tlcore.data.manifest import Manifest
from tlcore.data.task_words import WORDS
from tlcore.errors import GraftError
from tlcore.export.code.common import values
from tlcore.export.tracking.record import ToolName
from tlcore.plan import plan
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace

COMMAND_HEIGHT = 380  # pixels
PURPOSE = "Choose a backbone, what to freeze and how large the head is. The defaults are good."
EXPLANATION = """
The **backbone** is a network that was trained on a million photos, or on billions of words. The **head** is
the small new part that learns your classes. **Frozen** blocks keep what they know. They run once per example,
so training takes seconds. **Unfreezing** the last blocks lets them adapt to your data: slower, often better
when your data are unlike what the backbone has seen.

Training then has two phases. First the head learns alone, on the output of the frozen backbone. Then the
unfrozen blocks train with it, in small steps, so that they adapt without forgetting.
"""


def main() -> None:
    """The page."""
    line = page_header("Model", PURPOSE, EXPLANATION)
    notices.above("model")
    dataset = choose_dataset(line)
    if dataset is None:
        show_no_data()
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


@dataclass(frozen=True)
class Form:
    """The settings on the page, and the places to draw in once all of them, and so the cost, are known."""

    config: RunConfig
    backbone: Backbone
    network: DeltaGenerator
    cost: DeltaGenerator
    rates: dict[TunedPhase, tuple[DeltaGenerator, str]]  # each with the key of the box for the rate
    preview: DeltaGenerator | None
    tools: tuple[ToolName, ...]


def _choose_and_start(dataset: Dataset, manifest: Manifest) -> None:
    form = _form(dataset, manifest)
    try:
        config = configuration.checked(with_defaults(form.config, manifest))
        BACKEND.get_ready(config.backbone, config.input_size)
        cost = plan(config, manifest, Workspace())
    except GraftError as error:
        show_error(error, form.cost)
        return
    with form.cost:
        cost_panel.show(config, cost, manifest)
        st.fragment(_as_command)(dataset, config, form.tools)
    network_diagram.draw(form.network, form.backbone, cost, len(manifest.classes))
    for phase, (place, key) in form.rates.items():
        with place:
            lr_finder.offer(dataset, config, phase, key)
    preview = VIEWS[manifest.task].settings.preview
    if preview and form.preview:
        preview(form.preview, config, cost, dataset, manifest)
    step_code.show("model", lambda: values.of_settings(config, manifest))
    # Always in view, also on a phone and while the picture is cut somewhere else.
    with st.bottom, st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(cost_panel.in_short(cost), width="stretch")
        if st.button("Train", type="primary", icon=":material/play_arrow:", key="train"):
            start(dataset, config, form.tools)
    preparation.follow(dataset, manifest, config)  # once all is drawn, since it may start a process


def _form(dataset: Dataset, manifest: Manifest) -> Form:
    """The network with its cut first, and beside it the cost, which the cut decides; rarer settings below."""
    task, task_settings = manifest.task, VIEWS[manifest.task].settings
    left, right = st.columns([4, 3])
    rates: dict[TunedPhase, tuple[DeltaGenerator, str]] = {}
    with left, st.container(border=True):
        backbone_line = st.container(horizontal=True, vertical_alignment="bottom")
        notice = st.container()
        network = st.container()
        freezing = st.container()
    with right:
        cost = _box("What it takes")
    st.header("More settings", anchor=False)
    preset = _preset(task_settings)
    controls = SettingControls(preset, WORDS[task])
    _, config = task_settings.presets[preset]
    with _box("Backbone"):
        details, size = st.columns([4, 3], gap="medium")
    places = PickerPlaces(backbone_line, notice, details)
    chosen = pick_backbone(config, dataset, manifest, preset, places)
    config, backbone = msgspec.structs.replace(config, backbone=chosen), catalogue.get(chosen)
    with size:
        config = task_settings.input(controls, config, backbone)
    with freezing:
        config, rate_place = freeze_slider.choose(controls, config, backbone)
        if rate_place:
            rates["fine-tuning"] = rate_place, rate_key(controls, "fine-tuning")
    left, right = st.columns(2)
    with left, _box("Head"):
        config, rate_place = head_settings.choose(controls, config, task)
        rates["head"] = rate_place, rate_key(controls, "head")
    with left:
        tools = tracking_switches.choose()
    with right:
        config, preview = task_settings.own(controls, config, manifest)
        with _box("Data"):
            config = data_settings.choose(controls, config, manifest)
    return Form(config, backbone, network, cost, rates, preview, tools)


def _preset(task_settings: TaskSettings) -> str:
    """The set of defaults to start from; a choice only where there are several."""
    presets = task_settings.presets
    first = next(iter(presets))
    if len(presets) == 1:
        return first
    model_address.begin("start", "preset", presets.__contains__)
    chosen = choose_segment(
        "Start from",
        {name: title for name, (title, _) in presets.items()},
        None if "preset" in st.session_state else first,
        key="preset",
        persist_state="session",
        help="The tutorial's recipe: ResNet50, one hidden layer of 1,024, RMSprop, everything frozen.",
    )
    addresses.remember("start", "" if chosen == first else chosen)
    return chosen


def _box(title: str) -> DeltaGenerator:
    box = st.container(border=True)
    box.header(title, anchor=False)
    return box


def _as_command(dataset: Dataset, config: RunConfig, tools: tuple[ToolName, ...]) -> None:
    more = "".join(f" --track {tool}" for tool in tools)
    box = st.popover("The same as a command", icon=":material/terminal:", key="as_command", on_change="rerun")
    room = box.container(height=COMMAND_HEIGHT, border=False)  # the box finds its place before it is filled
    if not box.open:  # what draws code is the browser's largest script
        return
    with room:
        st.caption("Save these settings as config.json and type:")
        st.code(
            f"python -m tlcore train {shlex.quote(str(dataset.folder))} --out RUN --config config.json{more}",
            language="bash",
            wrap_lines=True,
        )
        st.code(configuration.to_json(config).decode(), language="json")


main()
notices.below("model")
