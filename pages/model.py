"""Model: a backbone, a head, what to freeze; what it will cost; one button that starts it."""

from __future__ import annotations

import msgspec
import streamlit as st

from pages.components import settings
from pages.components.backbone_picker import pick_backbone
from pages.components.chosen import choose_dataset, manifest_of, summary
from pages.components.shown import Later
from pages.components.tasks import SHOWN
from pages.components.words import about, page_header, percent, show_error, size
from tlcore import config as configuration
from tlcore.backbones import catalogue
from tlcore.config import RunConfig
from tlcore.data.manifest import Dataset, Task
from tlcore.data.settled import settled
from tlcore.data.words import WORDS
from tlcore.errors import GraftError
from tlcore.plan import Plan, plan
from tlcore.runs.backend import LocalBackend
from tlcore.runs.run import Run
from tlcore.workspace import Workspace, new_id

PURPOSE = "Choose what to build on, what to keep frozen and how large the new part is. The defaults are good."
EXPLANATION = """
The **backbone** is a network that was trained on a million photos, or on billions of words. The **head** is
the small new part that learns your classes. **Frozen** layers keep what they know; they are run once per
example and never again, so training takes seconds. **Unfreezing** the last ones lets them adapt to your data:
slower, often better when yours are unlike what the backbone has seen.
"""


def main() -> None:
    """The page."""
    page_header("Model", PURPOSE, EXPLANATION, label="What do these words mean?")
    dataset = choose_dataset()
    if dataset is None:
        st.info("First bring some pictures or texts, or use a sample.", icon=":material/info:")
        if st.button("Go to Data", type="primary"):
            st.switch_page("pages/data.py")
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        config, later = _configure(summary(dataset).task)
    with right:
        _cost_and_start(dataset, config, later)


def _configure(task: Task) -> tuple[RunConfig, Later]:
    """What was chosen, and what draws once its cost is known."""
    preset = settings.preset(task)
    _, config = SHOWN[task].presets[preset]
    with st.container(border=True):
        st.subheader("Backbone", anchor=False)
        config = msgspec.structs.replace(config, backbone=pick_backbone(task, preset, config.backbone))
    backbone = catalogue.get(config.backbone)
    with st.container(border=True):
        st.subheader("Freezing", anchor=False)
        config = msgspec.structs.replace(config, unfreeze=settings.freezing(backbone))
    with st.container(border=True):
        st.subheader("Head", anchor=False)
        config = msgspec.structs.replace(config, head=settings.head(preset, config.head))
    config, later = SHOWN[task].own_settings(preset, config)
    with st.expander(f"More settings: training, {WORDS[task].many}, split", icon=":material/tune:"):
        return settings.more(preset, config, backbone), later


def _cost_and_start(dataset: Dataset, config: RunConfig, later: Later) -> None:
    with st.container(border=True):
        st.subheader("What it takes", anchor=False)
        try:
            manifest = manifest_of(dataset)
            config = configuration.checked(settled(config, manifest))
            cost = plan(config, manifest, Workspace())
            _show_cost(manifest.task, config, cost)
            later(config, cost, dataset, manifest)
            if st.button("Train", type="primary", icon=":material/play_arrow:", width="stretch", key="train"):
                _start(dataset, config)
        except GraftError as error:
            show_error(error)
        with st.popover("The same as a command", icon=":material/terminal:"):
            st.caption("Save these settings as config.json and type:")
            st.code(
                f"python -m tlcore train {dataset.folder} --out RUN --config config.json",
                language="bash",
                wrap_lines=True,
            )
            st.code(configuration.to_json(config).decode(), language="json")


def _show_cost(task: Task, config: RunConfig, cost: Plan) -> None:
    first, second = st.columns(2)
    first.metric(
        "Numbers to train",
        f"{cost.trained_parameters:,}",
        help="Trainable parameters: the weights of the head and of the unfrozen blocks.",
    )
    second.metric(
        "Time",
        about(cost.seconds),
        help="An estimate, start of TensorFlow included. "
        + (
            "From the speed measured here."
            if cost.speed_measured
            else "Nothing was measured here yet: a guess."
        ),
    )
    frozen = cost.blocks - cost.trained_blocks
    total = cost.backbone_parameters + cost.head_parameters
    st.caption(
        f"{frozen} of {cost.blocks} {SHOWN[task].block}s frozen. The whole model has {total:,} parameters; "
        f"{percent(cost.trained_parameters / total)} of them train. "
        f"{SHOWN[task].entering(config, cost)} "
        f"Disk for the frozen part's output: {size(cost.disk_bytes)}."
    )


def _start(dataset: Dataset, config: RunConfig) -> None:
    folder = Workspace().runs / new_id(summary(dataset).name)
    run = Run.prepare(folder, msgspec.structs.replace(config, data=str(dataset.folder)))
    LocalBackend().submit(run)
    st.switch_page("pages/train.py", query_params={"run": run.id})


main()
