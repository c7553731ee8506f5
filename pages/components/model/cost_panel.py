"""The cost of a run, as numbers beside the choices that decide it."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.text import percent, rough_duration, size
from pages.components.tasks.tasks import VIEWS
from tlcore import system
from tlcore.config import RunConfig
from tlcore.data.manifest import Manifest
from tlcore.plan import PhaseCost, Plan
from tlcore.workspace import cache_budget


def show(config: RunConfig, cost: Plan, manifest: Manifest) -> None:
    """Show six numbers that stay in their places whatever is chosen, and what they rest on."""
    with st.grid(2, min_column_width=145):  # narrower, and words are cut off
        st.metric(
            "Trainable parameters",
            f"{cost.trained_parameters:,}",
            help="The numbers that training changes: the weights of the head and of the unfrozen blocks.",
        )
        st.metric(
            "Memory",
            memory(cost.memory_bytes),
            help="The most that training needs at once, TensorFlow included, give or take a quarter. Smaller "
            "batches and inputs need less.",
        )
        head, rest = cost.of("head"), cost.of("fine-tuning", "whole")
        help = "About how long one epoch takes while only the head trains."
        st.metric("Epoch of the head", _of(head), help=help)
        label = "Epoch of fine-tuning" if config.pretrained else "Epoch of the network"
        help = "About how long one epoch takes while the unfrozen part trains with the head."
        st.metric(label, _of(rest), help=help)
        st.metric("Time", rough_duration(cost.seconds), help=_time_help(cost))
        st.metric(
            "Disk",
            size(cost.disk_bytes),
            help="The frozen part's output, stored so that no example passes it twice. Deleting it only "
            f"costs time.{HALF if cost.half_precision else ''}",
        )
    _warn(config, cost)
    total = cost.backbone_parameters + cost.head_parameters
    share = percent(cost.trained_parameters / total)
    st.caption(
        f"The whole model has {total:,} parameters; {share} of them train. "
        f"{VIEWS[manifest.task].settings.input_sentence(config, cost)}"
    )


HALF = (
    " It is kept in half precision, with three digits of each number, since all of it does not fit on the "
    "disk; that hardly changes the answers."
)


def in_short(cost: Plan) -> str:
    """The three that matter most, in one line that fits a phone."""
    return (
        f"**{cost.trained_parameters:,}** parameters train · **{rough_duration(cost.seconds)}** · "
        f"**{memory(cost.memory_bytes)}** of memory"
    )


def _of(phase: PhaseCost | None) -> str:
    return "–" if phase is None else rough(phase.seconds_per_epoch)


def rough(seconds: float) -> str:
    """A short time that is expected, in few digits: `0.05 s`, `0.4 s`, `12 s`, `3 min`, `2 h`."""
    if seconds < 60:
        return f"{max(seconds, 0.01):.{2 if seconds < 0.095 else 1 if seconds < 9.5 else 0}f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.0f} h"


def memory(number: int) -> str:
    """Bytes in gigabytes, finely enough to see what a choice changes: `1.56 GB`, `12.4 GB`."""
    return f"{number / 1e9:.{2 if number < 9.995e9 else 1}f} GB"


def _time_help(cost: Plan) -> str:
    source = (
        "From the speed measured here" if cost.speed_measured else "Nothing was measured here yet: a guess"
    )
    return f"For everything, the start of TensorFlow included; training often stops earlier. {source}."


def _warn(config: RunConfig, cost: Plan) -> None:
    there = system.total_memory()
    if cost.memory_bytes > there:
        st.warning(
            f"This computer has {size(there)} of memory: unfreeze less, or choose a smaller batch or input.",
            icon=":material/memory:",
        )
    if cost.disk_bytes > cache_budget():
        fewer = "fewer views or " if config.augmentation.views else ""
        st.warning(
            f"The frozen part's output would take {size(cost.disk_bytes)}, and the cache may take "
            f"{size(cache_budget())}: the frozen part would run anew in every epoch. Choose {fewer}a smaller "
            "input.",
            icon=":material/hard_drive:",
        )
