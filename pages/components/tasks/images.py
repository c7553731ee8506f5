"""Pictures on the pages: their gallery, and the settings and sentences that only pictures have."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import streamlit as st

from pages.components.predict.images import ask
from pages.components.shared.paging import choose_page
from pages.components.shared.selection.chooser import choose_segment
from pages.components.shared.text import plain
from pages.components.shared.viewers.images import VIEWER
from pages.components.tasks import augmentation
from pages.components.tasks.gallery.gallery import PER_PAGE, show_gallery
from pages.components.tasks.protocol import Fact, Later, TaskView
from tlcore.backbones.catalogue.catalogue import input_size
from tlcore.backbones.catalogue.entry import Backbone
from tlcore.config import PRESETS, RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example, Manifest
from tlcore.data.task_words import WORDS
from tlcore.plan import Plan

BRING = """
**Pictures.** Put the pictures of each class into a folder named after it, for example `flowers/roses` and
`flowers/tulips`, and choose `flowers`. Folders named `train`, `val` and `test` above the classes are
respected: what is in `test` is never trained on. A ZIP or TAR file of such a folder works as well. Any usual
format is read: JPEG, PNG, WebP, TIFF and more.
"""
LABELLING = """
Type a class beside **Give** for the one you are at, or for all that you select. A class that is there has a
key, 1 to 9: press it and go on to the next picture.
"""
LOOKED_FOR = """
copies and near copies, copies under two classes, look-alikes on both sides of the split, uneven or small
classes, tiny, blank, dark, blurred and oddly shaped pictures, and colour, shape, borders, files or cameras
that give the class away
""".strip()
FITS = {"stretch": "Stretch", "crop": "Crop to the middle", "pad": "Pad with grey"}
SIZES = (96, 128, 160, 192, 224, 256, 320, 384)


def has(dataset: Dataset) -> Callable[[Example, str], bool]:
    """Pictures are searched by name: where they lay when they came."""
    return lambda example, words: words in example.name.casefold()


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


def known_for(entry: Backbone) -> Fact:
    """How well it names photos of everyday things."""
    top1 = "–" if entry.top1 is None else f"{entry.top1:.1f} %"
    return "ImageNet", top1, "Published share of right first answers on ImageNet's thousand classes (top-1)."


def columns(entry: Backbone) -> dict[str, object]:
    """The same as a number, and the size of picture it was trained on."""
    return {"ImageNet top-1 (%)": entry.top1, "Picture size": entry.input_size}


def own_settings(name: str, config: RunConfig, manifest: Manifest) -> tuple[RunConfig, Later]:
    """Augmentation."""
    with st.container(border=True):
        st.subheader("Augmentation", anchor=False)
        chosen, place = augmentation.choose(name, config.augmentation, manifest.classes)

    def later(config: RunConfig, cost: Plan, dataset: Dataset, manifest: Manifest) -> None:
        augmentation.show(place, config, cost, dataset, manifest)

    return msgspec.structs.replace(config, augmentation=chosen), later


def input_settings(name: str, config: RunConfig, backbone: Backbone) -> RunConfig:
    """The side of the input square, and what happens to pictures that are none."""
    size = _input_size(backbone)
    fit = choose_segment(
        "Pictures that are not square",
        FITS,
        config.fit,
        key=f"fit_{name}",
        persist_state="session",
        help="Backbones see squares. Stretching keeps the whole picture, cropping keeps its proportions.",
    )
    return msgspec.structs.replace(config, input_size=size, fit=fit)


def _input_size(backbone: Backbone) -> int | None:
    default = input_size(backbone, None)
    if backbone.fixed_size:
        st.caption(f"This backbone takes {default} × {default} pixels only.")
        return None
    sizes = sorted({default, *(size for size in SIZES if size >= backbone.min_size)})
    size = st.select_slider(
        "Input size in pixels",
        sizes,
        default,
        key=f"size_{backbone.id}",
        persist_state="session",
        help="Smaller is faster; larger shows finer detail. Best near what the backbone was trained at.",
    )
    return None if size == default else size


def entering(config: RunConfig, cost: Plan) -> str:
    """The size at which pictures enter."""
    return f"Pictures enter at {cost.input_size} × {cost.input_size} pixels."


VIEW: TaskView = TaskView(
    icon=":material/image:",
    bring=BRING,
    generated="These pictures are generated: drawn by this program to try things out, not photographed.",
    piece="file",
    block=WORDS["images"].block,
    leaving="height × width × channels",
    usual=("one picture", None),
    presets={
        "recommended": ("Recommended", PRESETS["recommended"]),
        "tutorial": ("As in the tutorial", PRESETS["tutorial"]),
    },
    labelling=LABELLING,
    looked_for=LOOKED_FOR,
    search="Part of the file's name",
    has=has,
    editor=show_gallery,
    captioned=captioned,
    ask=ask,
    closer=VIEWER,
    known_for=known_for,
    columns=columns,
    own_settings=own_settings,
    input_settings=input_settings,
    entering=entering,
)
