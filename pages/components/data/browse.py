"""The examples of a data set, to look through and to change."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages.components.data.filters import filter_examples
from pages.components.shared.datasets.facts import DatasetFacts
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import counted, show_error
from pages.components.tasks.tasks import VIEWS
from tlcore.data.dataset import Dataset
from tlcore.data.examples.summary import count_unlabelled
from tlcore.data.manifest import Manifest
from tlcore.data.task_words import WORDS
from tlcore.errors import GraftError


def show(dataset: Dataset, manifest: Manifest, facts: DatasetFacts) -> None:
    """The filters, and the examples that match."""
    view, words = VIEWS[manifest.task], WORDS[manifest.task]
    unlabelled = count_unlabelled(manifest.aside)
    with st.container():  # always there, so that what follows keeps its focus
        if unlabelled:
            are = counted(unlabelled, f"{words.one} has", f"{words.many} have")
            st.info(f"{are} no {view.text.unlabelled} yet. {view.text.labelling}", icon=":material/label:")
        view.data.above(dataset, manifest)
    try:
        with st.container(horizontal=True, vertical_alignment="center"):
            found, choice = filter_examples(
                dataset, manifest, facts, partial(view.data.search, dataset), view.text.search_hint
            )
            total = len(manifest.examples) + len(manifest.aside)
            st.caption(f"{len(found):,} of {counted(total, words.one)}.", width="content")
        with st.container():
            if not found:
                st.markdown(f"No {words.one} matches. Change the filters above to see more.")
        view.data.editor(dataset, manifest, facts, found, key_of("examples", dataset.id), choice)
    except GraftError as error:
        show_error(error)
