"""The picker of backbones, from the catalogue: cost, accuracy and availability of each."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.model import backbone_languages, model_address
from pages.components.model.backbone_offer import BackboneOffer, choose_ids, make_offer, name_of
from pages.components.shared.selection import addresses
from pages.components.shared.selection.chooser import choose_one
from pages.components.shared.text import plain, show_error, size
from pages.components.tasks.tasks import VIEWS
from tlcore.backbones.catalogue import catalogue, families
from tlcore.backbones.catalogue.entry import FOLDER_PREFIX, Backbone
from tlcore.backbones.weights import weights
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest, Task
from tlcore.data.task_words import WORDS
from tlcore.errors import BackboneError
from tlcore.plan import examples_per_second
from tlcore.workspace import Workspace
from tlcore.workspace.home import is_shared

BYTES_PER_PARAMETER = 4
ADDRESS = "backbone"  # of the page: the choice, unless it is the first one
FOLDER = "folder"  # in the address: the folder of one's own


@dataclass(frozen=True)
class PickerPlaces:
    """Places on the page: of the box, of a word about the choice, and of facts and what else there is."""

    line: DeltaGenerator
    notice: DeltaGenerator
    details: DeltaGenerator


def pick_backbone(
    config: RunConfig, dataset: Dataset, manifest: Manifest, preset: str, places: PickerPlaces
) -> str:
    """A box with backbones for the task and, beside it, the table of all; facts of the chosen one.

    Args:
        config: what a person starts from.

    Raises:
        DataError: the texts of the data set cannot be read.
    """
    task, key = manifest.task, f"backbone_{manifest.task}_{preset}"
    offer = make_offer(config, dataset, manifest)
    model_address.begin(ADDRESS, key, offer.entries.__contains__)
    ids = choose_ids(offer, config.backbone, st.session_state.get(key), preset, places.details)
    chosen = choose_one(
        "Backbone",
        {id: offer.label(id) for id in ids},
        config.backbone,
        key=key,
        within=places.line,
        persist_state="session",
    )
    addresses.remember(ADDRESS, "" if chosen == config.backbone else chosen)
    if places.line.button("Compare all", icon=":material/table:"):
        _show_table(task, offer)
    with places.details:
        chosen = _own_folder(task, preset) or chosen
        _card(catalogue.get(chosen))
    backbone_languages.advise(places.notice, dataset, manifest, offer, catalogue.get(chosen), key)
    return chosen


@st.dialog("All backbones", width="large")
def _show_table(task: Task, offer: BackboneOffer) -> None:
    st.dataframe(_table(task, offer), hide_index=True, width="stretch", placeholder="–")
    if note := VIEWS[task].settings.backbone_note:  # below: the table's own buttons would lie on it
        st.caption(note)


def _own_folder(task: Task, preset: str) -> str:
    """The id of a backbone in a folder of one's own; "" when none is named, or nothing useful is there."""
    if is_shared() or not VIEWS[task].settings.own_folder:  # who is a guest here sees no folders of the host
        return ""
    with st.expander("A model in a folder of your own", icon=":material/folder_open:"):
        key = f"folder_{task}_{preset}"
        # A link from elsewhere must not make Windows log in to a computer on the network.
        model_address.begin(FOLDER, key, lambda path: path.strip()[:2].strip("\\/") != "")
        path = st.text_input(
            "Folder on this computer",
            key=key,
            persist_state="session",
            help=f"It holds {VIEWS[task].settings.own_folder}. Leave it empty for the backbone above.",
        ).strip()
        addresses.remember(FOLDER, path)
        if not path:
            return ""
        try:
            entry = catalogue.get(f"{FOLDER_PREFIX}{path}")
            if not catalogue.serves(entry, task):
                raise BackboneError(
                    f"The model there reads {WORDS[entry.task].many}.",
                    received=path,
                    remedy=f"Give a folder that holds {VIEWS[task].settings.own_folder}.",
                )
            return entry.id
        except BackboneError as error:
            show_error(error)
            return ""


def _card(entry: Backbone) -> None:
    words = WORDS[entry.task]
    name, value, help = VIEWS[entry.task].settings.backbone_fact(entry)
    usual, usual_size = VIEWS[entry.task].settings.usual_example
    with st.grid(3, min_column_width=120):
        st.metric("Parameters", f"{entry.params / 1e6:.1f} M", help="The numbers that the backbone holds.")
        st.metric(
            f"{words.many.capitalize()} a second",
            _rounded(examples_per_second(entry, Workspace(), usual_size)),
            help=f"Expected here; {usual} takes {_macs(entry) / 1e9:.2f} billion multiplications.",
        )
        st.metric(name, plain(value), help=help)
    if made_for := families.sentence(entry):
        st.caption(plain(made_for))
    ready = weights.is_ready(entry)
    where = "ready on this computer" if ready else f"{size(entry.download_bytes)} are downloaded on first use"
    offline = "" if ready or not entry.works_offline else "; then it works offline"
    weight = size(BYTES_PER_PARAMETER * entry.params)
    st.caption(f"Licence: {plain(entry.licence)} · {weight} in a model file · {where}{offline}")


def _macs(entry: Backbone) -> float:
    """Multiplications for an example of usual size."""
    size = VIEWS[entry.task].settings.usual_example[1] or entry.input_size
    return sum(catalogue.macs_at(entry, block, size) for block in entry.blocks)


def _rounded(rate: float) -> str:
    """A rate without digits that nobody measured."""
    return f"about {rate:.0f}" if rate < 10 else f"about {10 * round(rate / 10)}"


def _table(task: Task, offer: BackboneOffer) -> pd.DataFrame:
    settings, words = VIEWS[task].settings, WORDS[task]
    return pd.DataFrame(
        [
            {
                "Backbone": name_of(entry),
                "Family": entry.family,
                "Recommended for": families.RECOMMENDED.get(entry.id, ""),
                "First training (min)": round(offer.prospects[entry.id].seconds / 60, 1),
                "Memory (GB)": round(offer.prospects[entry.id].memory_bytes / 1e9, 1),
                **settings.backbone_columns(entry),
                "Parameters (M)": round(entry.params / 1e6, 1),
                "Size": size(BYTES_PER_PARAMETER * entry.params),
                f"{words.many.capitalize()} a second": round(
                    examples_per_second(entry, Workspace(), settings.usual_example[1])
                ),
                "Multiplications (G)": round(_macs(entry) / 1e9, 2),
                f"{words.block.capitalize()}s": len(entry.blocks),
                "Download": size(entry.download_bytes) if entry.download_bytes else "none",
                "Ready": weights.is_ready(entry),
                "Licence": entry.licence,
            }
            for entry in offer.entries.values()
        ]
    )
