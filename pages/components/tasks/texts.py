"""Texts on the pages: a table to search and change, and the settings and sentences that only texts have.

A text is shown as it is: HTML and Markdown in it are characters, and its own script says which way it runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
import streamlit as st

from pages.components.predict.texts import ask
from pages.components.shared.datasets.facts import DatasetFacts
from pages.components.shared.paging import choose_page
from pages.components.shared.selection.setting_controls import SettingControls
from pages.components.shared.text import isolated, show_error
from pages.components.shared.viewers.texts import GONE, VIEWER, show_text, texts_of
from pages.components.tasks.protocol import BackboneFact, DataView, TaskSettings, TaskText, TaskView
from pages.components.tasks.text_table import show_table
from tlcore.backbones.catalogue.entry import Backbone
from tlcore.backbones.catalogue.families import published_accuracy
from tlcore.backbones.folders.preset_config import TEXT_FILES
from tlcore.backbones.folders.token_files import NEEDED, NEEDED_BY_ROBERTA, NEEDED_BY_XLM
from tlcore.config import DEFAULT_BACKBONES, RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.examples.summary import contents_of
from tlcore.data.examples.text_table import TextTable
from tlcore.data.manifest import Example, Manifest
from tlcore.data.versions.example_states import ExampleState
from tlcore.errors import GraftError
from tlcore.plan import Plan

HOW_TO_BRING = """
**Texts.** Bring a table with one column of texts and one of their classes: CSV, TSV, JSON Lines, Excel or
OpenDocument; you see which column was taken for which, and can correct it. A column named `split` with
`train`, `validation` or `test` in it is respected. Or paste lines, or bring a folder (or a ZIP file) with one
folder of `.txt` files per class.
"""
PROBLEM_KINDS = """
copies and near copies, copies under two classes, look-alikes on both sides of the split, uneven or small
classes, texts of a word or less, and letters that the usual backbone cannot read
""".strip()
PER_PAGE = 30
USUAL = 32  # tokens: two sentences
LENGTHS = (16, 32, 64, 128, 256, 512)


def search(dataset: Dataset, examples: Sequence[Example], words: str) -> np.ndarray:
    """Which of these texts contain the words, (n,).

    Raises:
        DataError: they cannot be read.
    """
    texts = texts_of(dataset)
    if isinstance(texts, TextTable):
        return texts.which(contents_of(examples), lambda text: words in text.casefold())
    found = (words in texts.get(example.sha256, "").casefold() for example in examples)
    return np.fromiter(found, bool, len(examples))


def editor(
    dataset: Dataset,
    manifest: Manifest,
    facts: DatasetFacts,
    shown: Sequence[ExampleState],
    key: str,
    choice: str,
) -> None:
    """A table of them.

    Raises:
        DataError: they cannot be read.
    """
    show_table(dataset, manifest, facts, texts_of(dataset), shown, key, choice)


def captioned(dataset: Dataset, shown: Sequence[tuple[str, str]], key: str) -> None:
    """Texts for (sha256, caption) pairs, a page at a time."""
    try:
        _list(texts_of(dataset), shown, key)
    except GraftError as error:
        show_error(error)


def _list(texts: Mapping[str, str], shown: Sequence[tuple[str, str]], key: str) -> None:
    page = choose_page(len(shown), PER_PAGE, f"{key}_page")
    for sha256, caption in shown[(page - 1) * PER_PAGE : page * PER_PAGE]:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            show_text(texts.get(sha256, GONE))
            st.caption(isolated(caption), width="content")


def backbone_fact(entry: Backbone) -> BackboneFact:
    """The languages that a backbone reads."""
    return "Languages", entry.languages, "The languages it was trained on; texts in others tell it little."


def backbone_columns(entry: Backbone) -> dict[str, object]:
    """The same, what it reaches while frozen, and the longest text that it reads."""
    return {
        "Languages": entry.languages,
        "MTEB, English (%)": published_accuracy(entry),
        "Longest text (tokens)": entry.input_size,
    }


def own_settings(controls: SettingControls, config: RunConfig, manifest: Manifest) -> tuple[RunConfig, None]:
    """None: texts are not augmented."""
    return config, None


def input_settings(controls: SettingControls, config: RunConfig, backbone: Backbone) -> RunConfig:
    """The configuration with the length of text that is read."""
    lengths = [length for length in LENGTHS if backbone.min_size <= length <= backbone.input_size]
    labels = {None: "Automatic"} | {length: f"{length} tokens" for length in lengths}
    own = SettingControls(backbone.id, controls.words)  # each backbone has a length of its own
    length = own.box("input_size", "length", labels, None)
    st.caption(
        "A token is a short word or a part of a long one. What lies beyond that size is not read. "
        "Automatic is long enough for 95 of 100 of your texts, up to what the backbone can read."
    )
    return msgspec.structs.replace(config, input_size=length)


def input_sentence(config: RunConfig, cost: Plan) -> str:
    """The number of tokens of a text that are read."""
    if config.input_size is None:
        return f"About the first {cost.input_size} tokens of a text are read; most of yours are no longer."
    return f"The first {cost.input_size} tokens of a text are read."


VIEW = TaskView(
    text=TaskText(
        icon=":material/notes:",
        how_to_bring=HOW_TO_BRING,
        sample_note="This program made up these texts, to try things out. Nobody wrote them.",
        source_unit="text",
        labelling="Select some in the table and give them one.",
        problem_kinds=PROBLEM_KINDS,
        search_hint="Words in the text",
    ),
    data=DataView(search=search, editor=editor, captioned=captioned, viewer=VIEWER),
    settings=TaskSettings(
        presets={"recommended": ("Recommended", RunConfig(backbone=DEFAULT_BACKBONES["texts"]))},
        usual_example=(f"one text of {USUAL} tokens", USUAL),
        own_folder=f"a BERT or DistilBERT model as Hugging Face stores it ({', '.join(NEEDED)}), a "
        f"RoBERTa ({', '.join(NEEDED_BY_ROBERTA)}) or an XLM-RoBERTa ({', '.join(NEEDED_BY_XLM)}), or any of "
        f"them as keras-hub saves it ({TEXT_FILES})",
        backbone_fact=backbone_fact,
        backbone_columns=backbone_columns,
        own=own_settings,
        input=input_settings,
        input_sentence=input_sentence,
    ),
    predict=ask,
)
