"""Pictures whose objects or areas have classes, on the pages: what detection and segmentation have in common.

Both are the pictures of `images.py` with their annotations drawn over them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import msgspec
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.predict.places import ask
from pages.components.shared.datasets import edits
from pages.components.shared.datasets.facts import DatasetFacts
from pages.components.shared.paging import choose_page
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.selection import manifest_of
from pages.components.shared.selection.setting_controls import SettingControls
from pages.components.shared.text import plain
from pages.components.shared.viewers import annotated, legend
from pages.components.shared.viewers.images import VIEWER
from pages.components.tasks import augmentation, images
from pages.components.tasks.drawing.drawing import board_entry, board_place, open_board, show_board
from pages.components.tasks.protocol import TaskView
from tlcore.backbones.catalogue.entry import Backbone
from tlcore.config import RunConfig
from tlcore.config.recommended import RECOMMENDED
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example, Key, Manifest, Task
from tlcore.data.task_words import WORDS
from tlcore.data.versions.edits import Exclude, Restore
from tlcore.data.versions.example_states import ExampleState
from tlcore.plan import Plan

PER_PAGE = 12
SIZES = (256, 320, 384, 416, 448, 512, 640, 768, 1024)
GREY = 127  # beyond the border of a view
LABELLING = "Press *Draw*; before that no model learns from them."


def editor(
    dataset: Dataset,
    manifest: Manifest,
    facts: DatasetFacts,
    shown: Sequence[ExampleState],
    key: str,
    choice: str = "",
) -> None:
    """The pictures with their annotations drawn over them, a page at a time, each with a way to the board."""
    hidden = legend.choose_hidden(manifest.classes, f"{key}_legend")
    keys = tuple(state.example.key for state in shown)
    page = choose_page(len(shown), PER_PAGE, f"{key}_{choice}_page")
    with st.grid(min_column_width=240, gap="small", key=f"{key}_grid"):
        for state in shown[(page - 1) * PER_PAGE : page * PER_PAGE]:
            with st.container(border=True):
                annotated.show(dataset, manifest, state.example, hidden)
                st.caption(plain(state.example.name) + ("" if state.used else " · not used"))
                _buttons(dataset, manifest, state.example, keys, key)


def _buttons(
    dataset: Dataset, manifest: Manifest, example: Example, among: tuple[Key, ...], key: str
) -> None:
    """The ways to see a picture large, and to draw on it and on the others among which it is shown."""
    with st.container(horizontal=True):
        st.button(
            "Draw" if not example.is_labelled else "Correct",
            icon=":material/draw:",
            key=key_of(f"{key}_correct", *example.key),
            on_click=open_board,
            args=(dataset, example.key, among),
        )
        if st.button("Enlarge", icon=":material/zoom_in:", key=key_of(f"{key}_enlarge", *example.key)):
            st.dialog(plain(example.name), width="large")(_enlarged)(dataset, manifest, example)


def _enlarged(dataset: Dataset, manifest: Manifest, example: Example) -> None:
    """One picture as large as there is room, with its own legend."""
    hidden = legend.choose_hidden(manifest.classes, "enlarged")
    annotated.show(dataset, manifest, example, hidden, is_large=True)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(plain(annotated.alt(example)))
        is_used = example in manifest.examples
        change = Exclude((example.key,)) if is_used else Restore((example.key,))
        if example.is_labelled and st.button(
            "Set aside" if is_used else "Use again",
            on_click=edits.carry_out,
            args=(dataset, [change], board_place(dataset)),
        ):
            st.rerun()  # which closes this


def captioned(dataset: Dataset, shown: Sequence[tuple[str, str]], key: str) -> None:
    """Small pictures for (sha256, caption) pairs, with what is drawn on them; captions are shown as text."""
    manifest = manifest_of(dataset)
    known = {example.sha256: example for example in (*manifest.aside, *manifest.examples)}
    page = choose_page(len(shown), PER_PAGE, f"{key}_page")
    with st.grid(min_column_width=160, gap="small", key=f"{key}_grid"):
        for sha256, caption in shown[(page - 1) * PER_PAGE : page * PER_PAGE]:
            with st.container(border=True):
                if sha256 in known:
                    annotated.show(dataset, manifest, known[sha256])
                else:  # a version that somebody has undone had it
                    VIEWER.small(dataset, sha256)
                if caption:
                    st.caption(plain(caption))


def input_settings(controls: SettingControls, config: RunConfig, backbone: Backbone) -> RunConfig:
    """The configuration with the side of the square that pictures are laid into."""
    size: int = controls.steps(
        "input_size", "size", [s for s in SIZES if s >= backbone.min_size], config.input_size, unit="pixels"
    )
    return msgspec.structs.replace(config, input_size=size)


def input_sentence(config: RunConfig, cost: Plan) -> str:
    """The size at which pictures enter."""
    side = cost.input_size
    return f"Pictures are laid whole into {side} × {side} pixels, with grey beside them."


def own_settings(
    controls: SettingControls, config: RunConfig, manifest: Manifest
) -> tuple[RunConfig, DeltaGenerator]:
    """Augmentation without mixup, and the place for its preview."""
    with st.container(border=True):
        st.header("Augmentation", anchor=False)
        chosen, place = augmentation.choose(
            controls, config.augmentation, manifest.classes, offers_mixup=False
        )
    return msgspec.structs.replace(config, augmentation=chosen), place


def view(task: Task, icon: str, how_to_bring: str, problem_kinds: str) -> TaskView:
    """The `TaskView` of one of the two."""
    base = images.VIEW
    preview: Callable[..., None] = partial(augmentation.preview, beyond=GREY)
    return replace(
        base,
        text=replace(
            base.text,
            icon=icon,
            how_to_bring=how_to_bring,
            sample_note="",
            unlabelled=WORDS[task].marks,
            labelling=LABELLING,
            problem_kinds=problem_kinds,
        ),
        data=replace(base.data, editor=editor, captioned=captioned, board=show_board, above=board_entry),
        settings=replace(
            base.settings,
            presets={task: ("Recommended", RECOMMENDED[task])},
            own_folder="",  # such networks give no maps of the sizes that finding things needs
            own=own_settings,
            preview=preview,
            input=input_settings,
            input_sentence=input_sentence,
        ),
        predict=ask,
    )
