"""Pictures on the pages: their gallery, and the settings and sentences that only pictures have."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.predict.images import ask
from pages.components.shared.paging import choose_page
from pages.components.shared.selection.setting_controls import SettingControls
from pages.components.shared.text import plain
from pages.components.shared.viewers.images import VIEWER
from pages.components.tasks import augmentation
from pages.components.tasks.drawing.drawing import offer_drawing
from pages.components.tasks.gallery.gallery import PER_PAGE, show_gallery
from pages.components.tasks.protocol import BackboneFact, DataView, TaskSettings, TaskText, TaskView
from tlcore.backbones.catalogue.catalogue import MOST_IN_PATCHES, input_size, takes
from tlcore.backbones.catalogue.entry import Backbone
from tlcore.backbones.catalogue.families import AccuracyKind, accuracy_kind
from tlcore.backbones.catalogue.picture_facts import NAMES
from tlcore.backbones.catalogue.picture_folder import NEEDED, NEEDED_OF_PRESET
from tlcore.config import PRESETS, RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example, Manifest
from tlcore.plan import Plan

HOW_TO_BRING = """
**Pictures.** Put the pictures of each class into a folder named after it, for example `flowers/roses` and
`flowers/tulips`, and choose `flowers`. Folders named `train`, `val` and `test` above the classes are
respected: what is in `test` is never trained on. A ZIP or TAR file of such a folder works as well. Any usual
format is read: JPEG, PNG, WebP, TIFF and more.
"""
LABELLING = """
Type a class beside **Give** for the one you are at, or for all that you select. A class that is there has a
key, 1 to 9: press it and go on to the next picture.
"""
PROBLEM_KINDS = """
copies and near copies, copies under two classes, look-alikes on both sides of the split, uneven or small
classes, tiny, blank, dark, blurred and oddly shaped pictures, and colour, shape, borders, files or cameras
that give the class away
""".strip()
FITS = {"stretch": "Stretch", "crop": "Crop to the middle", "pad": "Pad with grey"}
TWO_KINDS = (
    "ImageNet's figures are of two kinds: of networks that were trained on its classes, and of a simple "
    "classifier on frozen features. Compare them within a column only."
)
# Of published accuracies, by kind: a name, and who was right.
FIGURES: dict[AccuracyKind, tuple[str, str]] = {
    "trained": (
        "ImageNet, trained on it",
        "by the whole network, which learned these very classes. It says less about yours, and cannot be "
        "compared with figures of frozen features.",
    ),
    "frozen": (
        "ImageNet, frozen",
        "by a simple classifier on frozen features: the network never learned these classes. It cannot be "
        "compared with figures of networks that did.",
    ),
}
SIZES = (96, 128, 160, 192, 224, 256, 320, 384)
MORE_IN_PATCHES = (448, MOST_IN_PATCHES)  # DINOv2 ended its training at 518


def search(dataset: Dataset, examples: Sequence[Example], words: str) -> np.ndarray:
    """Which of these pictures, (n,), have the words in their names: where they lay when they came."""
    return np.fromiter((words in example.name.casefold() for example in examples), bool, len(examples))


def captioned(dataset: Dataset, shown: Sequence[tuple[str, str]], key: str) -> None:
    """Thumbnails for (sha256, caption) pairs, a page at a time; captions are shown as text."""
    page = choose_page(len(shown), PER_PAGE, f"{key}_page")
    with st.grid(min_column_width=120, gap="small", vertical_alignment="bottom", key=f"{key}_grid"):
        for sha256, caption in shown[(page - 1) * PER_PAGE : page * PER_PAGE]:
            path = dataset.thumbnail(sha256)
            if path.is_file():
                with st.container(border=True):  # a blank white picture would not be seen without
                    # Not at a width in pixels: it would be scaled and encoded anew at every rerun.
                    st.image(path, plain(caption), width="stretch", alt=caption)
            else:
                st.caption(f"{plain(caption)}: the thumbnail is gone")


def backbone_fact(entry: Backbone) -> BackboneFact:
    """A backbone's accuracy on photos of everyday things, and of which kind this is."""
    if entry.top1 is None:
        return "ImageNet", "–", "Nobody has published how often it is right on ImageNet's thousand classes."
    name, of = FIGURES[accuracy_kind(entry)]
    help = f"Published share of right first answers on ImageNet's thousand classes (top-1), {of}"
    return name, f"{entry.top1:.1f} %", f"{help} Source: {plain(entry.published)}."


def backbone_columns(entry: Backbone) -> dict[str, object]:
    """The same as a number, each kind in a column of its own, and the size of picture that the backbone takes
    unless told otherwise.
    """
    kind = accuracy_kind(entry)
    tops = {f"{name} (%)": entry.top1 if one == kind else None for one, (name, _) in FIGURES.items()}
    return {**tops, "Picture size": entry.input_size}


def own_settings(
    controls: SettingControls, config: RunConfig, manifest: Manifest
) -> tuple[RunConfig, DeltaGenerator]:
    """Augmentation, and the place for its preview."""
    with st.container(border=True):
        st.header("Augmentation", anchor=False)
        chosen, place = augmentation.choose(controls, config.augmentation, manifest.classes)
    return msgspec.structs.replace(config, augmentation=chosen), place


def input_settings(controls: SettingControls, config: RunConfig, backbone: Backbone) -> RunConfig:
    """The configuration with the side of the input square, and how pictures that are not square enter."""
    size = _input_size(controls, backbone)
    return msgspec.structs.replace(
        config, input_size=size, fit=controls.segment("fit", "fit", FITS, config.fit)
    )


def _input_size(controls: SettingControls, backbone: Backbone) -> int | None:
    default = input_size(backbone, None)
    if backbone.fixed_size:
        st.caption(f"This backbone takes {default} × {default} pixels only.")
        return None
    own = SettingControls(backbone.id, controls.words)  # each backbone has a size of its own
    size: int = own.steps("input_size", "size", sizes_of(backbone), default, unit="pixels")
    return None if size == default else size


def sizes_of(backbone: Backbone) -> list[int]:
    """Its own size, and usual ones that it takes: where pictures are cut into patches, those nearest."""
    patch = backbone.patch or 1
    usual = (*SIZES, *MORE_IN_PATCHES) if backbone.patch else SIZES
    near = {round(size / patch) * patch for size in usual}
    return sorted({backbone.input_size, *(size for size in near if takes(backbone, size))})


def input_sentence(config: RunConfig, cost: Plan) -> str:
    """The size at which pictures enter."""
    return f"Pictures enter at {cost.input_size} × {cost.input_size} pixels."


VIEW = TaskView(
    text=TaskText(
        icon=":material/image:",
        how_to_bring=HOW_TO_BRING,
        sample_note="This program drew these pictures, to try things out. They are not photos.",
        source_unit="file",
        labelling=LABELLING,
        problem_kinds=PROBLEM_KINDS,
        search_hint="Part of the file's name",
    ),
    data=DataView(
        search=search, editor=show_gallery, captioned=captioned, viewer=VIEWER, above=offer_drawing
    ),
    settings=TaskSettings(
        presets={
            "recommended": ("Recommended", PRESETS["recommended"]),
            "tutorial": ("As in the tutorial", PRESETS["tutorial"]),
        },
        usual_example=("one picture", None),
        own_folder=f"a {NAMES} as Hugging Face stores it ({', '.join(NEEDED)}), or as keras-hub saves it "
        f"({', '.join(NEEDED_OF_PRESET)})",
        backbone_fact=backbone_fact,
        backbone_columns=backbone_columns,
        backbone_note=TWO_KINDS,
        own=own_settings,
        preview=augmentation.preview,
        input=input_settings,
        input_sentence=input_sentence,
    ),
    predict=ask,
)
