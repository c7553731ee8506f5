"""A word about texts in a script that the chosen backbone does not read, and a button for one that does."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.model.backbone_offer import BackboneOffer
from pages.components.shared.text import plain
from pages.components.shared.viewers.texts import texts_of
from tlcore import system
from tlcore.backbones.catalogue.entry import Backbone
from tlcore.backbones.languages import for_script, reads_script
from tlcore.data.checks.scripts import foreign_script
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest
from tlcore.data.text_store import texts_version

NAMED = 3  # backbones in the sentence


def advise(
    place: DeltaGenerator,
    dataset: Dataset,
    manifest: Manifest,
    offer: BackboneOffer,
    chosen: Backbone,
    key: str,
) -> None:
    """Say in `place` that `chosen` does not read these texts, where that is so, and name those that do.

    Args:
        key: that of the box with backbones, in which the button chooses.

    Raises:
        DataError: the texts cannot be read.
    """
    script = _script(
        (str(dataset.folder), texts_version(dataset.folder), manifest.version), dataset, manifest
    )
    if not script or reads_script(chosen, script):
        return
    memory = system.total_memory()
    fitting = [one for id, one in offer.entries.items() if offer.prospects[id].memory_bytes <= memory]
    better = for_script(fitting, script)
    place.info(
        f"Most of your texts are in {plain(script)} letters; {plain(chosen.name)} reads "
        f"{plain(chosen.languages)} only. {_readers(better, for_script(offer.entries.values(), script))}",
        icon=":material/translate:",
    )
    if better:
        place.button(
            f"Take {plain(better[0].name)}", on_click=_take, args=(key, better[0].id), key="take_reader"
        )


def _readers(fitting: list[Backbone], known: list[Backbone]) -> str:
    """A sentence on those that read such texts."""
    if not known:
        return "No backbone here is known to read them."
    if not fitting:
        return "Those that read them need more memory than this computer has."
    return f"These can read them: {', '.join(plain(one.name) for one in fitting[:NAMED])}."


def _take(key: str, id: str) -> None:
    st.session_state[key] = id


@st.cache_data(max_entries=20, show_spinner=False)
def _script(key: tuple[object, ...], _dataset: Dataset, _manifest: Manifest) -> str:
    """The script that most of the texts are in, by its English name; "" for Latin, and without texts."""
    if not texts_version(_dataset.folder):
        return ""
    return foreign_script(texts_of(_dataset), _manifest.examples)
