"""Drawings for a room, where a page has more on it than can be taken in at a glance."""

from __future__ import annotations

from itertools import islice

import streamlit as st

from pages.components.data.next_step import recommended_settings
from pages.components.home import intro
from pages.components.model import network_diagram
from pages.components.presentation.state import Presentation
from pages.components.shared.datasets import import_jobs
from pages.components.shared.selection.selection import manifest_of
from pages.components.shared.text import counted, plain
from pages.components.tasks.tasks import VIEWS
from pages.components.train import replay, training_curves
from tlcore.backbones.catalogue import catalogue
from tlcore.plan import plan
from tlcore.workspace import Workspace

ACROSS, DOWN = 6, 3  # classes side by side, examples of each below one another
LARGEST = 120  # pixels of the side of a photo


def show_idea(_: Presentation) -> None:
    """The drawing of transfer learning."""
    with st.columns([1, 8, 1])[1]:
        intro.show_drawing()


def show_examples(presentation: Presentation) -> None:
    """Some examples of each class, once they are there."""
    with st.container():
        import_jobs.watch()
    dataset = presentation.dataset
    if not dataset.is_ready:
        return
    manifest = manifest_of(dataset)
    small = VIEWS[manifest.task].data.viewer.small
    for column, label in zip(st.columns(ACROSS), manifest.classes, strict=False):
        with column:
            st.markdown(f"**{plain(label)}**")
            own = (example for example in manifest.examples if example.label == label)
            for example in islice(own, DOWN):
                with st.container(width=LARGEST):
                    small(dataset, example.sha256)


def show_network(presentation: Presentation) -> None:
    """The network with its cut, and how little of it learns."""
    manifest = manifest_of(presentation.dataset)
    config = recommended_settings(presentation.dataset, manifest)
    cost, backbone = plan(config, manifest, Workspace()), catalogue.get(config.backbone)
    network_diagram.draw(st.container(), backbone, cost, len(manifest.classes))
    total = cost.backbone_parameters + cost.head_parameters
    with st.grid(2, min_column_width=200):
        st.metric("Numbers in the network", f"{total:,}", border=True)
        st.metric("Numbers that learn", f"{cost.trained_parameters:,}", border=True)
    seen = counted(len(manifest.examples), "photo")
    st.markdown(f"The frozen part looks at each of the {seen} only once, so training takes seconds.")


def show_learning(presentation: Presentation) -> None:
    """The curves, as they grow or grew."""
    run = presentation.model
    if replay.is_on(run):
        replay.show(run)
    else:
        training_curves.watch(run)
