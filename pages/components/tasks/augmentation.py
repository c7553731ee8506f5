"""Augmentation: how many views of each training picture, what they cost, and how they look."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.shared.selection.setting_controls import SettingControls
from pages.components.shared.text import counted, rough_duration, size
from tlcore.config import RunConfig
from tlcore.config.augmentation import AugmentationConfig
from tlcore.config.split import SplitConfig
from tlcore.data.dataset import Dataset
from tlcore.data.defaults import mirroring_matters
from tlcore.data.images import decode
from tlcore.data.images.augment import augment
from tlcore.data.manifest import Manifest
from tlcore.data.splits import assign
from tlcore.errors import PictureError
from tlcore.plan import Plan

VIEWS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32)
FLIPS = {"auto": ("Automatic", None), "on": ("On", True), "off": ("Off", False)}
SHOWN = 7  # views in the preview, beside the picture itself
PURPOSE = (
    "Shows the network slightly changed copies of each training picture, another one in each epoch, so that "
    "it learns them by heart less easily. Helps most with few pictures. Validation and test pictures are "
    "never changed."
)


def choose(
    controls: SettingControls,
    default: AugmentationConfig,
    classes: Sequence[str],
    offers_mixup: bool = True,
) -> tuple[AugmentationConfig, DeltaGenerator]:
    """The number of views, the kinds of change and mixup, and the place for `preview`."""
    views = controls.steps("augmentation.views", "views", VIEWS, default.views, {0: "Off"})
    st.caption(PURPOSE)
    place = st.container()
    chosen = default
    if views:
        with st.expander("Kinds of change", icon=":material/auto_fix_high:"):
            chosen = _kinds(controls, default, classes)
    if not offers_mixup:
        return msgspec.structs.replace(chosen, views=views, mixup=default.mixup), place
    with st.expander("Mixup, for experts", icon=":material/blender:"):
        steps = [None, *(step / 20 for step in range(21))]
        mixup = controls.steps("augmentation.mixup", "mixup", steps, default.mixup, {None: "Automatic"})
    return msgspec.structs.replace(chosen, views=views, mixup=mixup), place


def _kinds(
    controls: SettingControls, default: AugmentationConfig, classes: Sequence[str]
) -> AugmentationConfig:
    st.caption("How far each goes at most; every view draws its own. 0 switches a kind off.")
    flip = _flip(controls, default.flip, classes)
    left, right = st.columns(2)

    def slider(kind: str, column: DeltaGenerator) -> float:
        return controls.slider(f"augmentation.{kind}", kind, getattr(default, kind), column)

    return AugmentationConfig(
        flip=flip,
        rotate=slider("rotate", left),
        zoom=slider("zoom", left),
        shift=slider("shift", left),
        brightness=slider("brightness", right),
        contrast=slider("contrast", right),
        colour=slider("colour", right),
    )


def _flip(controls: SettingControls, default: bool | None, classes: Sequence[str]) -> bool | None:
    """True where views are mirrored; None decides by the names of the classes, and says how."""
    labels = {choice: label for choice, (label, _) in FLIPS.items()}
    first = next(choice for choice, (_, flip) in FLIPS.items() if flip is default)
    flip = FLIPS[controls.segment("augmentation.flip", "flip", labels, first)][1]
    if mirroring_matters(classes):
        if flip is None:
            st.caption("Automatic means off here: some class names look like digits, letters or sides.")
        elif flip:
            st.warning(
                "Some class names look like digits, letters or sides. Mirrored, a picture may show another "
                "class: better leave mirroring off.",
                icon=":material/swap_horiz:",
            )
    return flip


def preview(
    place: DeltaGenerator,
    config: RunConfig,
    cost: Plan,
    dataset: Dataset,
    manifest: Manifest,
    beyond: int | None = None,
) -> None:
    """Show what the chosen views cost, and how they look on one training picture.

    Args:
        beyond: as for `augment`.
    """
    settings = config.augmentation
    if not settings.views:
        return
    with place:
        st.markdown(f":material/schedule: {cost_line(settings.views, cost)}")
        if not any(settings.changes):
            st.warning(
                "Every kind of change is off: the views would be the picture itself.",
                icon=":material/warning:",
            )
            return
        _gallery(dataset, _trained_on(manifest, config.split), config, beyond)


def cost_line(views: int, cost: Plan) -> str:
    """The cost of the views, in one sentence."""
    more = rough_duration(cost.views_seconds)
    source = "from the speed measured here" if cost.speed_measured else "a guess until a run measures it here"
    return (
        f"{counted(views, 'view')} of each training picture: {more} more, once ({source}), and "
        f"{size(cost.views_bytes)} more on disk."
    )


def _trained_on(manifest: Manifest, split: SplitConfig) -> list[str]:
    """Hashes of the training pictures in an order that mixes the classes."""
    placed = zip(manifest.examples, assign(manifest, split), strict=True)
    return sorted({example.sha256 for example, part in placed if part == "train"})


def _gallery(dataset: Dataset, hashes: Sequence[str], config: RunConfig, beyond: int | None) -> None:
    sha256 = hashes[st.session_state.get("augmented_picture", 0) % len(hashes)]
    try:
        # The thumbnail, since it is small: the draws are those of training, the pixels are fewer.
        picture = decode.decode(dataset.thumbnail(sha256), decode.THUMBNAIL, config.fit)
    except PictureError:
        st.caption("The thumbnail of this picture is gone.")
    else:
        shown = min(config.augmentation.views, SHOWN) + 1
        columns = 5 if shown == 5 else 4  # never one left over in a second row
        with st.grid(columns, min_column_width=70, gap="small", key="views_grid"):
            for view in range(shown):
                label = f"View {view}" if view else "As it is"
                pixels = augment(picture, config.augmentation, sha256, view, beyond)
                st.image(pixels, label, width="stretch", alt=label)
    st.button("Another picture", key="another_picture", icon=":material/refresh:", on_click=_next_picture)


def _next_picture() -> None:
    st.session_state["augmented_picture"] = st.session_state.get("augmented_picture", 0) + 1
