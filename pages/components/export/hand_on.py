"""Handing a run on: one file that another person's Graft opens."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.components.shared.download import download_file
from pages.components.shared.selection.keys import key_of
from pages.components.shared.sharing import switch
from pages.components.shared.text import size
from tlcore.errors import GraftError
from tlcore.export.formats.terms import held_terms
from tlcore.export.hand_on.bundle import SUFFIX
from tlcore.export.hand_on.pack import pack
from tlcore.runs.run import Run

INTRO = """
One file holds this run: the model, its settings, curves, report and analysis. Another person drops it on
the **Home page** of their Graft, and can evaluate, try, compare, export and train it further there.
"""
LEFT_OUT = (
    "The {many} themselves stay here. A list of their file names and classes goes along: it tells which of "
    "them the model has seen."
)


def show(run: Run) -> None:
    """The purpose of the file, the choice of what goes along, and the download."""
    words = run.words
    switch.show(run.folder)
    st.markdown(INTRO)
    small = "the texts" if run.task == "texts" else "small pictures, 128 pixels"
    with_examples = st.toggle(
        f"Add {small}",
        key=key_of("with_examples", run.id),
        help=f"So that the other person sees which {words.many} the model gets wrong.",
        disabled=not _has_examples(run),
    )
    if not (with_examples and run.task == "texts"):
        held = held_terms(run.report().head_choice) if run.counts_terms else ""
        st.caption(f"{LEFT_OUT.format(many=words.many)} {held}")
    download_file(
        f"Download the run, about {size(run.model.stat().st_size)}",
        lambda: _packed(run, with_examples),
        run.id,
        SUFFIX,
        icon=":material/move_to_inbox:",
        type="primary",
        key=key_of("hand_on", run.id),
    )


def _has_examples(run: Run) -> bool:
    try:
        return run.dataset().is_ready
    except GraftError:
        return False


def _packed(run: Run, with_examples: bool) -> Path:
    """The file, made anew: the run may have another name or threshold by now."""
    folder = run.folder / "exports"
    folder.mkdir(exist_ok=True)
    target = folder / f"{'run-with-examples' if with_examples else 'run'}{SUFFIX}"
    pack(run, target, with_examples)
    return target
