"""The estimate in full: with fewer and more examples, by class, the labels to check, the map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import streamlit as st

from pages.components.data.estimate import amount_slider, sentences
from pages.components.shared.analyses.analysed import AnalysedExamples
from pages.components.shared.analyses.embedding_map import embedding_map
from pages.components.shared.analyses.labels import label_errors
from pages.components.shared.datasets import preparation
from pages.components.shared.selection.chooser import choose_segment
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import escape_formulas, show_error
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest
from tlcore.data.task_words import WORDS
from tlcore.errors import printable
from tlcore.evaluate.estimate.record import Estimate

Part = Callable[[Dataset, Manifest, Estimate], None]


def show(dataset: Dataset, manifest: Manifest, found: Estimate) -> None:
    """One part at a time: the map and the cards are heavy."""
    parts: dict[str, tuple[str, Part]] = {
        "curve": (f"Fewer or more {WORDS[manifest.task].many}", _curve),
        "classes": ("Class by class", _classes),
        "labels": ("Labels to check", _labels),
        "map": ("Map", _map),
    }
    chosen = choose_segment(
        "Part of the estimate",
        {name: title for name, (title, _) in parts.items()},
        "curve",
        key=key_of("estimate_part", dataset.id),
        label_visibility="collapsed",
    )
    parts[chosen or "curve"][1](dataset, manifest, found)


def _classes(dataset: Dataset, manifest: Manifest, found: Estimate) -> None:
    words = WORDS[manifest.task]
    st.markdown(sentences.classes(found))
    rows = [
        {"Class": printable(one.label), "Right": 100 * one.right / one.n, words.many.capitalize(): one.n}
        for one in sentences.rank(found)
    ]
    st.dataframe(
        escape_formulas(pd.DataFrame(rows)),
        hide_index=True,
        column_config={
            "Right": st.column_config.ProgressColumn(format="%.0f %%", min_value=0, max_value=100)
        },
        key=key_of("estimate_classes", dataset.id),
        alt="Estimated share of right answers, by class",
    )
    st.caption(f"The share of right answers among the {words.many} of each class, the hardest first.")


def _curve(dataset: Dataset, manifest: Manifest, found: Estimate) -> None:
    amount_slider.show(dataset, manifest, found)
    st.markdown(sentences.curve(found, WORDS[manifest.task]))


def _map(dataset: Dataset, manifest: Manifest, found: Estimate) -> None:
    source = _source(dataset, manifest, found)
    if not found.analysis.points:
        _offer_rest(dataset, manifest, "The map is not drawn yet.")
        return
    embedding_map.show(replace(source, id=f"{dataset.id}_{found.version}"))


def _offer_rest(dataset: Dataset, manifest: Manifest, missing: str) -> None:
    """That a part is `missing` yet, and a button where nobody is at work on it."""
    st.markdown(missing)
    job = preparation.current(dataset, manifest.version)
    if job is None or preparation.is_busy(job):
        return
    if error := preparation.failure(job):
        show_error(error)
    if st.button(
        "Go on with the estimate", icon=":material/insights:", key=key_of("estimate_rest", dataset.id)
    ):
        preparation.start(dataset, job.config())
        st.rerun()


def _labels(dataset: Dataset, manifest: Manifest, found: Estimate) -> None:
    if not found.analysis.examples:
        _offer_rest(dataset, manifest, "The labels are not checked yet.")
        return
    label_errors.show(_source(dataset, manifest, found), manifest)


def _source(dataset: Dataset, manifest: Manifest, found: Estimate) -> AnalysedExamples:
    return AnalysedExamples(
        dataset.id, dataset, manifest.task, found.analysis, only_test=False, classes=manifest.classes
    )
