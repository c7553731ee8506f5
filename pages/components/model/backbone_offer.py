"""The backbones to choose from: a short list for this computer and for as long as a person wants to wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.shared.selection.chooser import choose_segment
from pages.components.shared.text import rough_duration, size
from tlcore import system
from tlcore.backbones.catalogue import catalogue, families, own_file
from tlcore.backbones.catalogue.entry import FILE_PREFIX, Backbone
from tlcore.backbones.weights import weights
from tlcore.config import RunConfig
from tlcore.config.task import INPUTS
from tlcore.costs.shortlist import Prospect, Shortlist, in_order, shortlist
from tlcore.data.dataset import Dataset
from tlcore.data.defaults import with_defaults
from tlcore.data.manifest import Manifest, Task
from tlcore.plan import plan_each, recall
from tlcore.workspace import Workspace

PATIENCE = {
    "any": ("Any time", None),
    "minute": ("A minute", 60.0),
    "minutes": ("Ten minutes", 600.0),
    "hour": ("An hour", 3600.0),
}


@dataclass(frozen=True)
class BackboneOffer:
    """All backbones for a task by id, in the order to show them in, and what a first training takes."""

    entries: Mapping[str, Backbone]
    prospects: Mapping[str, Prospect]

    def label(self, id: str) -> str:
        """Its name, what it is recommended for, and the time."""
        good_for = families.RECOMMENDED.get(id)
        parts = [name_of(self.entries[id]), rough_duration(self.prospects[id].seconds)]
        return " · ".join([parts[0], f"for {good_for}", parts[1]] if good_for else parts)


def make_offer(config: RunConfig, dataset: Dataset, manifest: Manifest) -> BackboneOffer:
    """The offer for these data, where `config` is what a person starts from."""
    entries, workspace = _entries(manifest.task), Workspace()
    speeds = [recall(workspace, INPUTS[manifest.task], doing) for doing in ("answering", "training")]
    key = (str(dataset.folder), manifest.version, config.backbone, *map(str, speeds))
    prospects = _prospects(key, tuple(entries), config, manifest)
    return BackboneOffer({id: entries[id] for id in in_order(entries, prospects)}, prospects)


def choose_ids(
    offer: BackboneOffer, default: str, held: str | None, preset: str, within: DeltaGenerator
) -> list[str]:
    """The ids to choose from, by what a person wants to see.

    Args:
        held: the one that is chosen now, which stays.
    """
    ready = [id for id, entry in offer.entries.items() if weights.is_ready(entry)]
    always = {*ready, default, *(id for id in offer.entries if id == held)}
    shown = choose_segment(
        "Backbones to choose from",
        {"short": "Short list", "ready": "Ready here", "all": f"All {len(offer.entries)}"},
        "short",
        key=f"offered_{preset}",
        within=within,
        persist_state="session",
        help="Those that are ready need no download. The one to start from and the one that is chosen stay "
        "beside them, ready or not. The short list adds those that are recommended or worth a longer wait: "
        "published to be a percentage point better than all quicker ones with the same kind of figure.",
    )
    if shown != "short":
        return [id for id in offer.entries if shown == "all" or id in always]
    memory = system.total_memory()
    found = shortlist(offer.entries, offer.prospects, memory, _patience(preset, within), always)
    if left_out := _left_out(found, memory):
        within.caption(left_out)
    return list(found.ids)


def _patience(preset: str, within: DeltaGenerator) -> float | None:
    chosen = choose_segment(
        "How long may the first training take?",
        {id: title for id, (title, _) in PATIENCE.items()},
        "any",
        key=f"patience_for_first_{preset}",
        within=within,
        persist_state="session",
        help="On these examples, with the settings that this page starts from, once the backbone is "
        "downloaded.",
    )
    return PATIENCE[chosen][1]


def _left_out(found: Shortlist, memory: int) -> str:
    reasons = {
        f"that need more memory than the {size(memory)} of this computer": found.too_large,
        "that take longer": found.too_slow,
        "that are not known to be better than a quicker one with the same kind of figure": found.surpassed,
    }
    said = [f"{count} {reason}" for reason, count in reasons.items() if count]
    return f"Left out: {'; '.join(said)}." if said else ""


def name_of(entry: Backbone) -> str:
    """Its name, and where it came from."""
    return f"{entry.name} (from a file)" if entry.id.startswith(FILE_PREFIX) else entry.name


def _entries(task: Task) -> dict[str, Backbone]:
    own = {entry.id: entry for entry in own_file.backbones() if catalogue.serves(entry, task)}
    return catalogue.catalogue(task) | own


@st.cache_data(max_entries=20, show_spinner=False)
def _prospects(
    key: tuple[object, ...], ids: tuple[str, ...], _config: RunConfig, _manifest: Manifest
) -> dict[str, Prospect]:
    """Prospects of each backbone; `key` tells data and speeds apart."""
    config = with_defaults(_config, _manifest)
    plans = plan_each(config, ids, _manifest, Workspace())
    return {id: Prospect(plan.seconds, plan.memory_bytes) for id, plan in plans.items()}
